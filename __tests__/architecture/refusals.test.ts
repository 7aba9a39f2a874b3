import { roomSources, sitesIn } from "../../ci/errors/codes";

/** Classes of errors that only a file of refusals makes an instance of. */
const instance = /\bnew (UserError|UsageError|UnhealthyError|StateRefusal|HttpProblem)\(/;

/** The two that take problems which were named elsewhere. */
const allowed = ["lib/errors.ts"];

/** What a file of a room makes of errors itself, instead of asking its room's refusals.ts; a long one is split by subject. */
function ownErrors(file: string, text: string): readonly string[] {
  if (/(^|[/-])refusals\.ts$/.test(file) || allowed.includes(file)) return [];
  const made = instance.exec(text)?.[0];
  return [
    ...(made === undefined ? [] : [`${file}: ${made}...)`]),
    ...sitesIn(text).map(({ code }) => `${file}: an error with the code ${code}`),
  ];
}

test("every refusal is a named factory in a refusals.ts of its room", () => {
  expect(roomSources().flatMap(({ file, text }) => ownErrors(file, text))).toEqual([]);
});

test("an error that is made in place is found", () => {
  expect(ownErrors("cli/x.ts", 'throw new UserError({ code: "locked", what: "it is locked" });')).toHaveLength(2);
  expect(ownErrors("cli/x.ts", "throw noBucket(file);")).toEqual([]);
  expect(ownErrors("cli/x-refusals.ts", 'return new UserError({ code: "locked", what: "" });')).toEqual([]);
});
