import fc from "fast-check";
import { parse } from "yaml";
import { withFlag } from "../../../lib/config/flag-file";

const environments = ["dev", "prod"];
const text = `# who we are
organization: {name: x}
state:
  backend: http # THE flag
  http:
    address: "https://state.example/{stack}-{env}" # the server
`;

/** What a text says about one stack and environment. */
function flagIn(yaml: string, stack: string, environment: string): string {
  const { state } = parse(yaml) as {
    state: { backend?: string; stacks?: Record<string, string | Record<string, string>> };
  };
  const choice = state.stacks?.[stack];
  return (typeof choice === "string" ? choice : choice?.[environment]) ?? state.backend ?? "http";
}

it("sets one stack and environment and keeps every comment", () => {
  const changed = withFlag(text, { stack: "attic", environment: "dev" }, "s3", environments);
  expect(flagIn(changed, "attic", "dev")).toBe("s3");
  expect(flagIn(changed, "attic", "prod")).toBe("http");
  expect(changed).toContain("# who we are");
  expect(changed).toContain("backend: http # THE flag");
  expect(changed).toContain("# the server");
});

it("leaves the text as it was after there and back, and where nothing changes", () => {
  const there = withFlag(text, { stack: "attic", environment: "dev" }, "s3", environments);
  expect(withFlag(there, { stack: "attic", environment: "dev" }, "http", environments)).toBe(text);
  expect(withFlag(text, { stack: "attic", environment: "dev" }, "http", environments)).toBe(text);
});

it("splits a choice for a whole stack", () => {
  const whole = text.replace("  http:", "  stacks: {attic: s3}\n  http:");
  const changed = withFlag(whole, { stack: "attic", environment: "dev" }, "http", environments);
  expect([flagIn(changed, "attic", "dev"), flagIn(changed, "attic", "prod")]).toEqual(["http", "s3"]);
});

it("says what it was told, and nothing else changes, after any sequence of moves", () => {
  const move = fc.record({
    stack: fc.constantFrom("attic", "arc-runners"),
    environment: fc.constantFrom(...environments),
    backend: fc.constantFrom("http" as const, "s3" as const),
  });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
      const expected = new Map<string, string>();
      let yaml = text;
      for (const { stack, environment, backend } of moves) {
        yaml = withFlag(yaml, { stack: stack as "attic", environment }, backend, environments);
        expected.set(`${stack}/${environment}`, backend);
      }
      for (const stack of ["attic", "arc-runners"])
        for (const environment of environments)
          expect(flagIn(yaml, stack, environment)).toBe(expected.get(`${stack}/${environment}`) ?? "http");
      expect(yaml).toContain("# THE flag");
    }),
    { numRuns: 60 },
  );
});
