import { attributeChanges } from "../../../planning/difference/attributes";
import { maskFor } from "../../../planning/difference/masking";
import { dataTree, plannedTree } from "../../../planning/difference/tree";
import { asIs } from "./support";

const changes = (before: unknown, after: unknown, mask = asIs) =>
  attributeChanges(plannedTree(before, {}, {}), plannedTree(after, {}, {}), mask);

test("equal values have no difference, and null is absent", () => {
  expect(changes({ a: [1, { b: "x" }], c: null }, { a: [1, { b: "x" }] })).toEqual([]);
});

test("a difference names the attribute and both values", () => {
  expect(changes({ spec: [{ replicas: 1 }] }, { spec: [{ replicas: 2 }] })).toEqual([
    { path: "spec[0].replicas", before: 1, after: 2 },
  ]);
});

test("what is set on one side only has one value", () => {
  expect(changes({}, { labels: { team: "ops" } })).toEqual([{ path: "labels", after: { team: "ops" } }]);
  expect(changes({ "a.b/c": "x" }, {})).toEqual([{ path: '"a.b/c"', before: "x" }]);
});

test("what only an apply tells is shown as that", () => {
  const tree = plannedTree({}, { id: true }, {});
  expect(attributeChanges(plannedTree({ id: "fixed" }, {}, {}), tree, asIs)).toEqual([
    { path: "id", before: "fixed", after: "(known after apply)" },
  ]);
  expect(attributeChanges(tree, plannedTree({}, { id: true }, {}), asIs)).toEqual([]);
});

describe("lists", () => {
  test("of one thing each are that thing, also where its name is another one", () => {
    expect(changes({ metadata: [{ name: "a", x: 1 }] }, { metadata: [{ name: "b", x: 1 }] })).toEqual([
      { path: "metadata[0].name", before: "a", after: "b" },
    ]);
  });

  test("of named things are compared by name", () => {
    const before = {
      env: [
        { name: "A", value: "1" },
        { name: "C", value: "3" },
      ],
    };
    const after = {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
        { name: "C", value: "4" },
      ],
    };
    expect(changes(before, after)).toEqual([
      { path: "env[C].value", before: "3", after: "4" },
      { path: "env[B]", after: { name: "B", value: "2" } },
    ]);
  });

  test("another order alone is a difference", () => {
    const [a, b] = [{ name: "a" }, { name: "b" }];
    expect(changes({ init: [a, b] }, { init: [b, a] })).toEqual([
      { path: "init", before: ["a", "b"], after: ["b", "a"], only: "order" },
    ]);
  });

  test("of other things are compared from both ends", () => {
    expect(changes({ args: ["a", "b", "c"] }, { args: ["a", "x", "b", "c"] })).toEqual([
      { path: "args[1]", after: "x" },
    ]);
    expect(changes({ args: ["a", "b", "c"] }, { args: ["a", "z", "c"] })).toEqual([
      { path: "args[1]", before: "b", after: "z" },
    ]);
  });
});

describe("texts that are documents are compared as data", () => {
  test.each([
    ["YAML", "image:\n  tag: v1\n  pull: Always\n", "image:\n  pull: Always\n  tag: v2\n", "values[0]<yaml>.image.tag"],
    ["JSON", '{"image":{"tag":"v1"}}', '{ "image": {"tag": "v2"} }', "values[0]<json>.image.tag"],
    ["TOML", '[image]\ntag = "v1"\n', '# new\n[image]\ntag = "v2"\n', "values[0]<toml>.image.tag"],
  ])("%s", (_name, before, after, path) => {
    expect(changes({ values: [before] }, { values: [after] })).toEqual([{ path, before: "v1", after: "v2" }]);
  });

  test("and a document inside a document as well", () => {
    const values = (tag: string) => `config: |\n  [image]\n  tag = "${tag}"\n`;
    expect(changes({ values: values("v1") }, { values: values("v2") })).toEqual([
      { path: "values<yaml>.config<toml>.image.tag", before: "v1", after: "v2" },
    ]);
  });

  test("equal data in other bytes is told: to the engine it is a change", () => {
    expect(changes({ values: "a: 1\nb: 2\n" }, { values: "b: 2\na: 1\n" })).toEqual([
      { path: "values", only: "bytes" },
    ]);
  });

  test("a text that is none is shown whole", () => {
    expect(changes({ script: "echo a" }, { script: "echo b" })).toEqual([
      { path: "script", before: "echo a", after: "echo b" },
    ]);
  });
});

describe("secrets", () => {
  test("what only counts as a secret on one side has not changed", () => {
    const tree = (sensitive: unknown, cpu: string) =>
      plannedTree({ set: [{ name: "cpu", value: cpu }] }, {}, sensitive);
    expect(attributeChanges(tree({ set: true }, "1"), tree({}, "1"), asIs)).toEqual([]);
    expect(attributeChanges(tree({}, "1"), tree({ set: [{ value: true }] }, "1"), asIs)).toEqual([]);
    expect(attributeChanges(tree({ set: true }, "1"), tree({}, "2"), asIs)).toEqual([
      expect.objectContaining({ before: "(sensitive)", after: "(sensitive)", sensitive: true }),
    ]);
  });

  test("what the plan calls sensitive says by its keys whether it differs, and no value", () => {
    const tree = (value: string) => plannedTree({ data: { key: value } }, {}, { data: true });
    expect(attributeChanges(tree("one"), tree("two"), asIs)).toEqual([
      { path: "data.key", before: "(sensitive)", after: "(sensitive)", sensitive: true },
    ]);
    expect(attributeChanges(tree("one"), tree("one"), asIs)).toEqual([]);
    expect(
      JSON.stringify(attributeChanges(plannedTree({ data: { key: "open" } }, {}, {}), tree("open"), asIs)),
    ).not.toContain("open");
  });

  test.each([
    ["YAML", (n: number) => `token: canary-1234\nreplicas: ${n}\n`, "yaml"],
    ["JSON", (n: number) => `{"token":"canary-1234","replicas":${n}}`, "json"],
    ["TOML", (n: number) => `token = "canary-1234"\nreplicas = ${n}\n`, "toml"],
    ["YAML without a secret that is known", (n: number) => `replicas: ${n}\n`, "yaml"],
  ])("a document that is sensitive as a whole is compared key by key: %s", (_name, document, format) => {
    const mask = maskFor(["canary-1234"]);
    const tree = (n: number, sensitive: unknown) => plannedTree({ data: { "a.x": document(n) } }, {}, sensitive);
    for (const sensitive of [{ data: true }, { data: { "a.x": true } }])
      expect(attributeChanges(tree(1, sensitive), tree(2, sensitive), mask)).toEqual([
        { path: `data."a.x"<${format}>.replicas`, before: 1, after: 2 },
      ]);
  });

  test("a text that is sensitive for a secret that is known shows the rest, another one nothing", () => {
    const tree = (value: string) => plannedTree({ url: value }, {}, { url: true });
    const before = tree("https://u:canary-1234@a");
    const after = tree("https://u:canary-1234@b");
    expect(attributeChanges(before, after, maskFor(["canary-1234"]))).toEqual([
      { path: "url", before: "https://u:(sensitive)@a", after: "https://u:(sensitive)@b" },
    ]);
    expect(JSON.stringify(attributeChanges(before, after, asIs))).not.toContain("canary");
  });

  test("a sensitive part of something new stays hidden", () => {
    expect(
      attributeChanges(undefined, plannedTree({ name: "x", password: "hunter22" }, {}, { password: true }), asIs),
    ).toEqual([{ path: "", after: { name: "x", password: "(sensitive)" } }]);
  });

  test("the data of a Secret is hidden in manifests and in texts, whatever the plan says", () => {
    const manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { password: "hunter22" },
    };
    const text = "kind: Secret\nmetadata: {name: t}\ndata: {password: aHVudGVyMjI=}\n";
    const told = JSON.stringify([
      changes({}, { manifest, yaml_body: text }),
      changes({ manifest: { ...manifest, stringData: {} } }, { manifest }),
      changes(
        { yaml_body: text },
        { yaml_body: text.replace("aHVudGVyMjI=", "aHVudGVyMjM=").replace("{name: t}", "{name: u}") },
      ),
    ]);
    expect(told).not.toMatch(/hunter2|aHVudGVyMj/);
    expect(told).toContain("(sensitive)");
  });

  test("a secret inside a larger text is masked, and that it differs is told", () => {
    const mask = maskFor(["canary-1234", "canary-9876"]);
    expect(changes({ url: "https://u:canary-1234@h" }, { url: "https://u:canary-9876@h" }, mask)).toEqual([
      { path: "url", before: "https://u:(sensitive)@h", after: "https://u:(sensitive)@h", sensitive: true },
    ]);
    expect(changes({ values: "a: canary-1234\nb: 1\n" }, { values: "a: canary-1234\nb: 2\n" }, mask)).toEqual([
      { path: "values<yaml>.b", before: 1, after: 2 },
    ]);
  });

  test("a secret of digits is masked where it became a number", () => {
    const mask = maskFor(["86753099"]);
    expect(attributeChanges(dataTree({ pin: 86753099 }), dataTree({}), mask)).toEqual([
      { path: "pin", before: "(sensitive)" },
    ]);
    expect(changes({ a: "pin: 86753099\n" }, { a: "pin: 1\n" }, mask)).toEqual([
      { path: "a<yaml>.pin", before: "(sensitive)", after: 1 },
    ]);
  });
});
