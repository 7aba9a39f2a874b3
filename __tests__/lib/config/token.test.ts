import { Fn, Token, Tokenization } from "cdktf";
import fc from "fast-check";
import { looksLikeToken } from "../../../lib/config/token";
import { configFolder, leastSettings, organization, problemsIn } from "./support";

const reference = { resolve: () => "secret", creationStack: [] };
const arc = "environments/dev/arc-runners.yaml";
const least = leastSettings["arc-runners"] ?? "";

const inArc = (text: string) =>
  problemsIn(configFolder({ "organization.yaml": organization(), [arc]: `${least}${text}\n` }));

/** cdktf's own encodings of a reference, fresh ones each time: their numbers go up. */
const encodings: Readonly<Record<string, () => unknown>> = {
  text: () => Token.asString(reference),
  number: () => Token.asNumber(reference),
  "a text with a number": () => `a ${Token.asNumber(reference)} b`,
  list: () => Token.asList(reference)[0],
  "list of numbers": () => Token.asNumberList(reference)[0],
  "key of a map": () => Object.keys(Token.asStringMap(reference))[0],
  "a function's result": () => Token.asString(Fn.join(",", ["a"])),
};

describe("a token of cdktf", () => {
  it.each(Object.entries(encodings))("is seen: %s", (_name, encode) => {
    expect(looksLikeToken(encode())).toBe(true);
  });

  it("is nothing that passes", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double(), fc.integer(), fc.constantFrom("1e3", "2024", "-1e289", "${a}")),
        (value) => {
          if (looksLikeToken(value)) return;
          expect(Token.isUnresolved(value)).toBe(false);
          if (typeof value === "string") expect(Tokenization.isResolvable(value)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["attic_cache", 2, 'attic_cache: "${TfToken[TOKEN.4]}"'],
    ["attic_cache", 3, 'nix_max_runners: 2\nattic_cache: "a #{TfToken[TOKEN.4]} b"'],
    ["attic_cache", 2, 'attic_cache: "&{TfToken[TOKEN.4]}"'],
    ["attic_cache", 2, 'attic_cache: "-1.8881545897087e+289"'],
    ["nix_max_runners", 2, "nix_max_runners: -1.8881545897087e+289"],
    ["shared_runner_node_selector.&{TfToken[TOKEN.4]}", 2, 'shared_runner_node_selector: {"&{TfToken[TOKEN.4]}": a}'],
    ["nix_env_vars.0.value", 3, 'nix_env_vars:\n  - {name: A, value: "x${TfToken[a.1]}"}'],
    ["attic_cache", 2, 'attic_cache: &a "${TfToken[TOKEN.4]}"\nattic_server: *a'],
  ])("in a settings file is refused: %s in line %i", (key, line, text) => {
    expect(inArc(text)).toMatchObject([{ code: "token-in-file", file: arc, key, line }]);
  });

  it("in organization.yaml is refused", () => {
    const problems = problemsIn(
      configFolder({ "organization.yaml": organization('links: {a: "${TfToken[TOKEN.4]}"}') }),
    );
    expect(problems).toMatchObject([{ code: "token-in-file", file: "organization.yaml", key: "links.a", line: 5 }]);
  });
});
