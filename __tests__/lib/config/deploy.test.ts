import { loadConfiguration } from "../../../lib/config/load";
import { configFolder, leastSettings, problemsIn } from "./support";

const file = "organization.yaml";

const folderWith = (dev: string, prod: string) =>
  configFolder({
    [file]: [
      "organization: {name: acme}",
      "clusters:",
      `  - {name: dev, role: development, domain: dev.example.org, context: honey, deploy: ${dev}}`,
      `  - {name: prod, role: production, domain: example.org, context: honey, deploy: ${prod}}`,
      "",
    ].join("\n"),
    "environments/prod/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
  });

const dev = "{environment: dev, runner: honey, plan: {environment: dev-plan, runner: reader}}";

test("a stack is deployed where its cluster says", () => {
  const { stacks } = loadConfiguration(folderWith(dev, "{environment: prod, runner: honey}"));
  expect(stacks.map(({ id, cluster }) => [id, cluster.deploy])).toEqual([
    ["arc-runners-prod", { environment: "prod", runner: "honey" }],
  ]);
});

test.each([
  ["shared-environment", "clusters.1.deploy.environment", 4, "{environment: DEV, runner: other}"],
  [
    "plan-shares-deploy",
    "clusters.1.deploy.plan.environment",
    4,
    "{environment: prod, runner: x, plan: {environment: Dev, runner: y}}",
  ],
  [
    "plan-shares-deploy",
    "clusters.1.deploy.plan.runner",
    4,
    "{environment: prod, runner: x, plan: {environment: p, runner: honey}}",
  ],
  ["invalid-setting", "clusters.1.deploy.environment", 4, '{environment: "prod\\nrunner=x", runner: x}'],
  ["invalid-setting", "clusters.1.deploy.runner", 4, "{environment: prod, runner: [self-hosted, honey]}"],
  ["missing-setting", "clusters.1.deploy.runner", 4, "{environment: prod}"],
  ["unknown-setting", "clusters.1.deploy.enviroment", 4, "{environment: prod, runner: x, enviroment: prod}"],
])("%s at %s", (code, key, line, prod) => {
  const found = problemsIn(folderWith(dev, prod));
  expect(found).toContainEqual(expect.objectContaining({ code, file, key, line }));
});
