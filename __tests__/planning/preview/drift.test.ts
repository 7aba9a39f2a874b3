import { driftedAddresses } from "../../../planning/preview/drift";
import { type PlanDocument } from "../../../planning/preview/plan-document";

const drift = (before: unknown, after: unknown): PlanDocument => ({
  resource_drift: [
    {
      address: "t.a",
      mode: "managed",
      type: "t",
      change: {
        actions: [after === null ? "delete" : "update"],
        before,
        after,
        after_unknown: {},
        before_sensitive: false,
        after_sensitive: false,
      },
    },
  ],
});

it.each([
  ["null and an empty map", { labels: null }, { labels: {} }],
  ["an empty list and nothing", { args: [] }, {}],
  ["null and an empty text, deep inside", { spec: [{ name: null }] }, { spec: [{ name: "" }] }],
])("is none: %s", (_name, before, after) => {
  expect(driftedAddresses(drift(before, after))).toEqual([]);
  expect(driftedAddresses(drift(after, before))).toEqual([]);
});

it.each([
  ["another value", { replicas: 1 }, { replicas: 2 }],
  ["a value that was set to false", { wait: null }, { wait: false }],
  ["an object that is gone", { labels: {} }, null],
])("is one: %s", (_name, before, after) => {
  expect(driftedAddresses(drift(before, after))).toEqual(["t.a"]);
});
