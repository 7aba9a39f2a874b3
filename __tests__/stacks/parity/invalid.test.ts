import { findEngine } from "../../support/engines";
import { type Deployment, inOrganization } from "./configuration";
import {
  formerStacks,
  readCases,
  readInvalid,
  readVariables,
  type FactCase,
  type InvalidInput,
  type Values,
} from "./facts";
import { isAbout, refusalOf } from "./refusal";

/** Inputs that the HCL stacks reject, or accept although they should not: each on top of a complete and valid configuration. */

const engine = findEngine().path;
const environment = "dev";

/** Inputs that stay accepted: they are doubtful, and somebody may mean them (fixtures/README.md). */
function staysAccepted({ input }: InvalidInput): boolean {
  if (typeof input === "string") return false;
  return Object.entries(input).every(
    ([name, value]) =>
      name === "node_env" ||
      name === "log_level" ||
      (value === 0 && (name === "replicas" || name.endsWith("_percent"))),
  );
}

/** Rejected by the HCL by accident (it crashes in an output), and to be fixed according to HAZARDS.md. */
const fixedHazards: readonly string[] = [JSON.stringify({ minio_distributed_mode: true, minio_volume_size: "1Ti" })];

/** What today's terraform.tfvars.example of a stack sets although no variable declares it (HAZARDS.md). */
const undeclared: Readonly<Record<string, Values>> = {
  "gitlab-runners": {
    deploy_k8s_runner: true,
    k8s_concurrent_jobs: 4,
    nix_cpu_request: "500m",
    nix_memory_request: "1Gi",
  },
};

/** The configuration an input is put on: of the right kind (`base`; without CNPG where the input is about its replacement), else the example. */
function baseFor(stack: string, { base, variable }: InvalidInput): FactCase {
  const cases = readCases(stack);
  const wanted = cases.find(({ case: name, variables }) => {
    if (base !== undefined) return variables[base] === true;
    return variable === "database_url" && stack === "attic"
      ? variables["use_cnpg_postgres"] === false
      : name === "example";
  });
  if (wanted === undefined) throw new Error(`no case of ${stack} to put ${JSON.stringify(base ?? variable)} on`);
  return wanted;
}

/** The deployment with an input put on its base. The example as it is: the recorded case fills in its secrets, and it has none. */
function deploymentOf(stack: string, invalid: InvalidInput): Deployment {
  const { variables } = baseFor(stack, invalid);
  const { input } = invalid;
  if (typeof input === "string") {
    const sensitive = new Set(
      readVariables(stack)
        .filter((variable) => variable.sensitive)
        .map(({ name }) => name),
    );
    return {
      environment,
      stack,
      variables: without(variables, (name) => sensitive.has(name)),
      settings: undeclared[stack] ?? {},
    };
  }
  const { unset, ...set } = input;
  return { environment, stack, variables: { ...without(variables, (name) => name === unset), ...set } };
}

function without(values: Values, drop: (name: string) => boolean): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !drop(name)));
}

const inputs = formerStacks.flatMap((stack) => {
  const { rejected, accepted_though_doubtful: doubtful } = readInvalid(stack);
  return [...rejected, ...doubtful].map((invalid) => [stack, JSON.stringify(invalid.input), invalid] as const);
});
const isAccepted = (invalid: InvalidInput) =>
  staysAccepted(invalid) || fixedHazards.includes(JSON.stringify(invalid.input));

test("every stack has inputs to refuse, and a valid configuration to put them on", async () => {
  expect(formerStacks.filter((stack) => inputs.every(([name]) => name !== stack))).toEqual([]);
  const bases = new Set(inputs.map(([stack, , invalid]) => baseFor(stack, invalid)));
  for (const { stack, variables } of bases) expect(await refusalOf({ environment, stack, variables })).toBeUndefined();
});

test.each(inputs.filter(([, , invalid]) => !isAccepted(invalid)))("%s refuses %s", async (stack, _title, invalid) => {
  const deployment = deploymentOf(stack, invalid);
  const refusal = await refusalOf(deployment, engine);
  expect(refusal).toBeDefined();
  if (refusal === undefined) return;
  for (const { what, expected } of refusal.problems) {
    expect(what.trim()).not.toBe("");
    expect(expected?.trim() ?? "").not.toBe("");
  }
  if (invalid.variable === null) return expect(refusal.by).toBe("configuration");

  const name = invalid.variable;
  const key = inOrganization[name] ?? name;
  const about = refusal.problems.filter((problem) => isAbout(problem, key));
  expect(about).not.toEqual([]);
  // The value of a secret stands in no file; anything else does.
  if (refusal.by === "plan")
    return expect(readVariables(stack).find((variable) => variable.name === name)?.sensitive).toBe(true);
  expect(about.map((problem) => problem.in)).toContain(
    name in inOrganization ? "organization.yaml" : `environments/${environment}/${stack}.yaml`,
  );
  expect(about.every(({ line }) => line !== undefined && line >= 1)).toBe(true);
  // Where the setting is in the file and is the problem's key, the line is its own, or of the part of it that lacks something.
  for (const { key: path, text } of about.filter(
    (problem) => name in deployment.variables && problem.key?.split(".")[0] === key,
  )) {
    const steps = path?.split(".") ?? [];
    expect(text ?? "").toMatch(new RegExp(`^[\\s-]*(${steps.join("|")})\\b`));
  }
  return undefined;
});

test.each(inputs.filter(([, , invalid]) => isAccepted(invalid)))("%s accepts %s", async (stack, _title, invalid) => {
  expect(await refusalOf(deploymentOf(stack, invalid), engine)).toBeUndefined();
});

test.each(Object.entries(undeclared).filter(([stack]) => formerStacks.some((name) => name === stack)))(
  "%s refuses what no variable declares",
  async (stack, settings) => {
    const [example] = readCases(stack).filter(({ case: name }) => name === "example");
    const refusal = await refusalOf({ environment, stack, variables: example?.variables ?? {}, settings });
    expect(refusal?.problems.map(({ code, key, text }) => ({ code, key, line: text?.split(":")[0] }))).toEqual(
      Object.keys(settings).map((key) => ({ code: "unknown-setting", key, line: key })),
    );
  },
);
