import { Resource } from "@cdktf/provider-null/lib/resource";
import { Fn, Lazy, TerraformLocal, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import { withoutCreationStacks } from "../../../lib/constructs/creation-stacks";
import { renderStack, SingleStacks } from "../../../lib/constructs/render-stack";

test("a stack rendered in one pass is what cdktf renders in three", () => {
  const stack = withoutCreationStacks(() => {
    const stack = new TerraformStack(new SingleStacks({ outdir: "unused" }), "one");
    const variable = new TerraformVariable(stack, "secret", { type: "string", sensitive: true });
    const first = new Resource(stack, "first", {
      triggers: { text: "a $${b} %%{c}", lazy: Lazy.stringValue({ produce: () => variable.stringValue }) },
    });
    const second = new Resource(stack, "second", {
      triggers: { first: first.id, joined: Fn.join("-", [first.id, variable.stringValue]) },
      lifecycle: { preventDestroy: true },
    });
    first.addOverride("provisioner", [{ "local-exec": { command: `echo \${${second.fqn}.id}` } }]);
    const local = new TerraformLocal(stack, "list", { numbers: [1, undefined, 2], empty: {}, of: second.id });
    new TerraformOutput(stack, "out", { value: local.expression, description: "of all" });
    stack.addOverride("output.none", { value: "${null}" });
    stack.addOverride("moved", [{ from: "a", to: "b" }]);
    stack.ensureBackendExists();
    return stack;
  });
  const rendered = renderStack(stack);
  expect(rendered).toEqual(stack.toTerraform());
  expect(JSON.stringify(rendered)).toContain("${null_resource.first.id}");
});

test("a reference to another stack is refused, and not written as one of its own", () => {
  const app = new SingleStacks({ outdir: "unused" });
  const [one, other] = [new TerraformStack(app, "one"), new TerraformStack(app, "other")];
  const resource = new Resource(one, "first");
  new TerraformOutput(other, "out", { value: resource.id });
  expect(() => renderStack(other)).toThrow("other refers to null_resource.first.id of one: stacks share nothing");
});

test("what is built without cdktf's traces leaves errors theirs", () => {
  const kept = Error.captureStackTrace;
  expect(() =>
    withoutCreationStacks(() => {
      throw new Error("ours");
    }),
  ).toThrow("ours");
  expect(Error.captureStackTrace).toBe(kept);
});
