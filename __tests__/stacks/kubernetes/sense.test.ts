import { stackNames } from "../../../lib/config/names";
import { readCases } from "../parity/facts";
import { findEngine } from "../../support/engines";
import { schemaComplaint } from "./api-schema";
import { type PlannedCase, plannedCases } from "./objects";
import { quantityValue } from "../../../lib/config/kubernetes";
import { complaints } from "./sense";
import { misfits } from "./together";

/** What every recorded case plans is something that a real API server takes, and that works together. */

const recorded = stackNames
  .flatMap((stack) => readCases(stack))
  .map(({ stack, case: name, variables }) => [`${stack}-${name}`, variables] as const);

describe.each(recorded)("%s", (name, variables) => {
  let planned: PlannedCase;

  beforeAll(async () => {
    cases ??= plannedCases(findEngine().path);
    const found = (await cases).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no plan of ${name}`);
    planned = found;
  }, 240_000);

  const all = (check: (manifest: PlannedCase["objects"][number]["manifest"]) => readonly string[]) =>
    planned.objects.flatMap(({ address, manifest }) => check(manifest).map((what) => `${address}: ${what}`));

  it("has objects that the API's schema takes", () => {
    expect(all((manifest) => [schemaComplaint(manifest) ?? ""].filter((complaint) => complaint !== ""))).toEqual([]);
  });

  it("has objects that make sense", () => {
    expect(all(complaints)).toEqual([]);
  });

  it("has objects that fit together", () => {
    // What settings name is there already: a pull secret of somebody else's.
    expect(misfits(planned, (_kind, object) => Object.values(variables).includes(object))).toEqual([]);
  });
});

let cases: Promise<readonly PlannedCase[]> | undefined;

describe("the rules themselves", () => {
  test.each([
    ["100m", 0.1],
    ["1Gi", 2 ** 30],
    ["1.5", 1.5],
    ["1e3", 1000],
    ["1GB", undefined],
    ["", undefined],
    ["1 Gi", undefined],
  ])("quantity %s is %s", (text, expected) => {
    expect(quantityValue(text)).toBe(expected);
  });

  const pod = (container: object) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "x" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i:1", ...container }] } },
    },
  });

  test.each([
    ["an empty image", pod({ image: "" })],
    ["an image with a space", pod({ image: "a b" })],
    ["a mount of nothing", pod({ volumeMounts: [{ name: "v", mountPath: "/" }] })],
    ["a probe of nothing", pod({ livenessProbe: { httpGet: { port: 80 } } })],
    ["a request above its limit", pod({ resources: { requests: { cpu: "2" }, limits: { cpu: "1500m" } } })],
    ["a variable with =", pod({ env: [{ name: "A=B" }] })],
    [
      "an empty host",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "x" },
        spec: { rules: [{ host: "a.b" }], tls: [{ hosts: [""] }] },
      },
    ],
    ["a long label", { apiVersion: "v1", kind: "Secret", metadata: { name: "x", labels: { a: "b".repeat(64) } } }],
    ["an upper case name", { apiVersion: "v1", kind: "Secret", metadata: { name: "X" } }],
  ])("%s is found", (_what, manifest) => {
    expect(complaints(manifest)).not.toEqual([]);
  });

  it("the schema finds a text for a number", () => {
    expect(schemaComplaint({ ...pod({}), spec: { ...pod({}).spec, replicas: "1" } })).toContain("replicas");
  });
});
