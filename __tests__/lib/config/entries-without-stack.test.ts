import { entriesWithoutStack } from "../../../lib/config/entries-without-stack";
import { loadConfiguration } from "../../../lib/config/load";
import { contract } from "../../support/configuration";
import { runFlywheel } from "../../stacks/synth/child";
import { configFolder, organization } from "./support";

/** Entries of the ledger that no stack of the configuration has. */

const at = "2026-04-16T09:12:00.000Z";
const entry = (stack: string, environment: string, more = "") =>
  `  - {stack: ${stack}, environment: ${environment}, backend: http, location: "http://127.0.0.1:9/state/${stack}-${environment}", lineage: l, serial: 12, sha256: new, at: "${at}", generation: 1${more}}`;

/** One stack of the program and a folder, with their entries; one entry that has ended, and two that live on without a stack. */
const folder = () =>
  configFolder({
    "organization.yaml": organization(
      [
        "state:",
        "  http: {address: 'http://127.0.0.1:9/state/{stack}-{env}'}",
        "  folders: {edge: {path: x, environments: [prod]}}",
      ].join("\n"),
    ),
    "environments/dev/arc-runners.yaml": "github_config_url: https://github.com/acme\n",
    "state-ledger.yaml": [
      "version: 2",
      "states:",
      entry("arc-runners", "dev"),
      entry("attic", "dev", `, ended: "${at}"`),
      entry("attic", "prod"),
      entry("edge", "dev"),
      entry("edge", "prod"),
      "",
    ].join("\n"),
  });

it("are those that live on: what has ended is a record, and a folder of HCL is a stack", () => {
  expect(entriesWithoutStack(loadConfiguration(folder()))).toEqual([
    { state: "attic-prod", location: "http://127.0.0.1:9/state/attic-prod", serial: 12, at },
    { state: "edge-dev", location: "http://127.0.0.1:9/state/edge-dev", serial: 12, at },
  ]);
});

it("are told by contract, status and check of everything, and by none of them of one stack", async () => {
  const config = folder();
  const whole = contract(config, ["--json"]);
  expect(JSON.parse(whole.stdout)).toMatchObject({ without_stack: [{ state: "attic-prod" }, { state: "edge-dev" }] });
  expect(whole.stderr).toMatch(/knows attic-prod, serial at least 12, at .*docs\/environments\.md/);
  const one = contract(config, ["arc-runners", "--json"]);
  expect(JSON.parse(one.stdout)).not.toHaveProperty("without_stack");
  expect(one.stderr).toBe("");
  const env = {
    FLYWHEEL_CONFIG_DIR: config,
    TF_HTTP_USERNAME: "ann",
    TF_HTTP_PASSWORD: "secret",
  };
  const status = await runFlywheel(["status", "--json"], { cwd: config, env });
  expect(JSON.parse(status.stdout)).toMatchObject({ without_stack: [{ state: "attic-prod" }, { state: "edge-dev" }] });
  const checked = await runFlywheel(["check", "--read-only", "--json"], { cwd: config, env });
  expect(JSON.parse(checked.stdout)).toMatchObject({
    lines: expect.arrayContaining([
      expect.objectContaining({ name: "attic-prod: no stack", status: "note" }),
      expect.objectContaining({ name: "edge-dev: no stack", status: "note" }),
    ]),
  });
});
