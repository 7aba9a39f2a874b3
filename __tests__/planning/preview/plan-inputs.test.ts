import { join } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { repositoryRoot } from "../../../lib/root";
import { planInputs } from "../../../planning/preview/plan-inputs";

const { stacks } = loadConfiguration(join(repositoryRoot, "config"));
const stackOf = (id: string) => {
  const stack = stacks.find((other) => other.id === id);
  if (stack === undefined) throw new Error(`config has no ${id}`);
  return stack;
};
const attic = stackOf("attic");
const inputs = (environment: NodeJS.ProcessEnv = {}, text = "{}", stack = attic) =>
  planInputs(stack, text, environment);

test.each([
  ["where nothing is given", {}],
  ["whatever is set that no plan sees", { PATH: "/bin", FLYWHEEL_CONFIG_DIR: "elsewhere", AWS_PROFILE: "p" }],
  ["whatever another stack's secret is", { FLYWHEEL_SECRET_ARC_RUNNERS__ghcr_token: "theirs" }],
])("the same %s", (_name, environment) => {
  expect(inputs(environment)).toBe(inputs());
});

test("others for another text, stack, or value of a variable, its placeholder and its own form included", () => {
  const all = [
    inputs(),
    inputs({}, '{"a":1}'),
    inputs({}, "{}", stackOf("attic-prod")),
    inputs({ TF_VAR_k8s_config_path: "/kubeconfig" }),
    inputs({ TF_VAR_ghcr_token: "given" }),
    inputs({ TF_VAR_ghcr_token: "given", FLYWHEEL_SECRET_ATTIC__ghcr_token: "own" }),
  ];
  expect(new Set(all).size).toBe(all.length);
});
