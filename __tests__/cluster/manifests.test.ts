import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, startCluster } from "../../lab/cluster/cluster";
import { repositoryRoot } from "../../lib/root";
import { documentsOf } from "../../planning/manifests/documents";
import { manifestsOf } from "../../planning/manifests/manifests";
import { formerStacks, readCases } from "../stacks/parity/facts";
import { plan } from "../stacks/parity/plans";
import { findEngine } from "../support/engines";
import { kubectl, letIn } from "./kubectl";

const dryRun = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

test("the server is the one that is pinned, and says so", async () => {
  const pins = readFileSync(join(repositoryRoot, "tools/modules/kube-apiserver/go.mod"), "utf8");
  const { out } = await kubectl(cluster, ["get", "--raw", "/version"]);
  expect(JSON.parse(out)).toMatchObject({ gitVersion: /k8s\.io\/kubernetes (v\S+)/.exec(pins)?.[1] });
});

test.each([
  ["an unknown field", "{ports: [{port: 80}], port_name: x}", /unknown field "spec.port_name"/],
  ["a load balancer's field", "{ports: [{port: 80}], allocateLoadBalancerNodePorts: true}", /may only be used when/],
])("the server refuses %s", async (_what, spec, why) => {
  const service = `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: ${spec}\n`;
  const { code, errors } = await kubectl(cluster, dryRun, service);
  expect(errors).toMatch(why);
  expect(code).toBe(1);
});

/** What kubectl says where a namespace was made by somebody else, as by this test. */
const notMadeByApply = /^Warning: resource namespaces\/\S+ is missing the .* annotation/;

describe.each(formerStacks.map((stack) => [stack]))("every object of %s passes a strict dry run", (stack) => {
  const recorded = readCases(stack);
  let plans: Awaited<ReturnType<typeof plan>>;
  let judged = 0;

  beforeAll(async () => {
    const deployments = recorded.map(({ case: name, variables }) => ({ environment: name, stack, variables }));
    plans = await plan(findEngine().path, deployments);
  });

  test.each(recorded.map((facts, index) => [facts.case, index] as const))("%s", async (_case, index) => {
    const { manifests, others } = manifestsOf(plans[index]?.shown ?? {});
    // A case may have Helm releases alone.
    expect(manifests.length + others.length).toBeGreaterThan(0);
    if (manifests.length === 0) return;
    await letIn(cluster, manifests);
    const { code, out, errors } = await kubectl(cluster, dryRun, documentsOf(manifests));
    expect(errors.split("\n").filter((line) => line !== "" && !notMadeByApply.test(line))).toEqual([]);
    expect(out.trim().split("\n")).toHaveLength(manifests.length);
    expect(code).toBe(0);
    judged += manifests.length;
  });

  test("there are such objects", () => expect(judged).toBeGreaterThan(0));
});
