import { type ProgramInstance } from "../../../lib/config/load";
import { adoptionOf } from "../../../planning/adoption/adoption";
import { type PlanDocument } from "../../../planning/preview/plan-document";
import { configuredStack } from "./support";

/** How `adopt` groups a plan, without an engine. */

let stack: ProgramInstance;
beforeAll(() => (stack = configuredStack()));

const planOf = (type: string, actions: readonly string[], before: unknown, after: unknown): PlanDocument => ({
  resource_changes: [
    {
      address: `${type}.x`,
      mode: "managed",
      type,
      change: { actions, before, after, after_unknown: {}, before_sensitive: false, after_sensitive: false },
    },
  ],
});
const job = (script: string, ttl?: string) => ({
  spec: [
    {
      ...(ttl === undefined ? {} : { ttl_seconds_after_finished: ttl }),
      template: [{ spec: [{ container: [{ args: [script] }] }] }],
    },
  ],
});

it("tells a Job that expires as added, whether the state still has it or not", () => {
  for (const plan of [
    planOf("kubernetes_job_v1", ["delete", "create"], job("old script", "300"), job("new script", "300")),
    planOf("kubernetes_job_v1", ["create"], null, job("new script", "300")),
  ]) {
    const { added, replaced, refused } = adoptionOf(stack, plan, [], []);
    expect(added.map(({ address }) => address)).toEqual(["kubernetes_job_v1.x"]);
    expect([replaced, refused]).toEqual([[], []]);
  }
});

it("tells a Job that stays as replaced, and refuses one that the state lacks", () => {
  const replacement = planOf("kubernetes_job_v1", ["delete", "create"], job("old script"), job("new script"));
  const { added, replaced } = adoptionOf(stack, replacement, [], []);
  expect([added, replaced.map(({ address }) => address)]).toEqual([[], ["kubernetes_job_v1.x"]]);
  const creation = planOf("kubernetes_job_v1", ["create"], null, job("new script"));
  expect(adoptionOf(stack, creation, [], []).refused.map(({ code }) => code)).toEqual(["would-create"]);
});

it("names what the engine says forces a replacement, and else what changed without a reason", () => {
  const object = (namespace: string, cpu: string) => ({ metadata: [{ namespace }], spec: [{ cpu }] });
  const plan = planOf("kubernetes_deployment", ["delete", "create"], object("a", "1"), object("b", "2"));
  const [change] = plan.resource_changes ?? [];
  if (change === undefined) throw new Error("unreachable");
  const forced: PlanDocument = {
    resource_changes: [{ ...change, change: { ...change.change, replace_paths: [["metadata", 0, "namespace"]] } }],
  };
  expect([forced, plan].map((one) => adoptionOf(stack, one, [], []).refused[0]?.expected)).toEqual([
    expect.stringMatching(/: metadata\[0\]\.namespace$/),
    expect.stringMatching(/: metadata\[0\]\.namespace, spec\[0\]\.cpu$/),
  ]);
});

it("explains what a placeholder changes by the secret's variable, in clear and inside base64", () => {
  const placeholders = new Map([["ghcr_token", "placeholder-for-ghcr-token"]]);
  const values = [
    "placeholder-for-ghcr-token",
    Buffer.from('{"auth":"bot:placeholder-for-ghcr-token"}').toString("base64"),
  ];
  for (const after of values) {
    const plan = planOf("kubernetes_secret", ["update"], { data: { key: "the-real-one" } }, { data: { key: after } });
    expect(adoptionOf(stack, plan, [], [], placeholders).changed[0]?.attributes).toEqual([
      {
        path: "data.key",
        reason: "a placeholder stands in for a secret: set TF_VAR_ghcr_token for the true plan",
      },
    ]);
    expect(adoptionOf(stack, plan, [], []).changed[0]?.attributes[0]?.reason).toBeUndefined();
  }
});
