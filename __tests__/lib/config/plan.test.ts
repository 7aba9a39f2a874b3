import { loadConfiguration } from "../../../lib/config/load";
import { planRecipients } from "../../../lib/config/plan";
import { configFolder, organization, problemsIn } from "./support";

const [one, other] = [`age1${"q".repeat(58)}`, `age1${"p".repeat(58)}`];
const folder = (...lines: readonly string[]) =>
  configFolder({
    "organization.yaml": organization(["state:", ...lines.map((line) => `  ${line}`)].join("\n")),
  });

describe("state.plan", () => {
  it("names who can open bundles, everywhere or by environment", () => {
    const recipients = (line: string, environment: string) =>
      planRecipients(loadConfiguration(folder(line)).organization.state.plan, environment);
    expect(recipients(`plan: {recipients: [${one}]}`, "prod")).toEqual([one]);
    expect(recipients(`plan: {recipients: ${one}}`, "dev")).toEqual([one]);
    expect(recipients(`plan: {recipients: {dev: [${one}], prod: [${other}]}}`, "prod")).toEqual([other]);
    expect(recipients(`plan: {recipients: {dev: [${one}]}}`, "prod")).toEqual([]);
    expect(recipients("backend: http", "dev")).toEqual([]);
  });

  it.each([
    ["recipient-of-backups", `plan: {recipients: [${one}]}`, "state.plan.recipients.0"],
    ["recipient-of-backups", `plan: {recipients: {prod: [${other}, ${one}]}}`, "state.plan.recipients.prod.1"],
    ["unknown-environment", `plan: {recipients: {pord: [${other}]}}`, "state.plan.recipients.pord"],
    ["invalid-setting", "plan: {recipients: [ann]}", "state.plan.recipients.0"],
    ["secret-in-file", "plan: {recipients: [AGE-SECRET-KEY-1QQQ]}", "state.plan.recipients.0"],
    ["unknown-stack", "stands_on: {atic: [helm_release.x]}", "state.stands_on.atic"],
  ])("%s: %s", (code, line, key) => {
    const problems = problemsIn(folder(line, `backup: {target: {directory: /mnt}, recipients: [${one}]}`));
    expect(problems).toMatchObject([{ code, key, line: expect.any(Number) }]);
    expect(JSON.stringify(problems)).not.toContain("SECRET-KEY-1");
  });
});
