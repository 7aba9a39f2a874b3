import fc from "fast-check";
import { maskFor } from "../../../planning/difference/masking";
import { maskOf } from "../../../planning/difference/secrets";
import { plan, side, stack } from "./support";

const secret = fc
  .string({ minLength: 12, maxLength: 40, unit: "grapheme-ascii" })
  .filter((text) => text.trim().length >= 12);

test("a secret is nowhere in a text that went through the mask", () => {
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      const mask = maskFor([value]);
      expect(mask(`${before}${value}${after}`)).not.toContain(value);
      expect(mask(JSON.stringify({ [before]: `${before}${value}${after}` }))).not.toContain(
        JSON.stringify(value).slice(1, -1),
      );
      expect(mask(encodeURIComponent(value))).toBe("(sensitive)");
    }),
  );
});

test("nor in base64, at any place of what was encoded", () => {
  fc.assert(
    fc.property(
      secret,
      fc.string({ unit: "grapheme-ascii" }),
      fc.string({ unit: "grapheme-ascii" }),
      (value, before, after) => {
        const masked = maskFor([value])(Buffer.from(`${before}${value}${after}`).toString("base64"));
        expect(masked).toContain("(sensitive)");
        expect(Buffer.from(masked.replace("(sensitive)", ""), "base64").toString()).not.toContain(value);
      },
    ),
  );
});

test("nor any bit of it, in the base64 characters that it shares with what stands beside it", () => {
  const beside = fc.string({ unit: "grapheme-ascii", maxLength: 5 });
  fc.assert(
    fc.property(secret, secret, beside, beside, (one, other, before, after) => {
      const length = Math.min(Buffer.from(one).length, Buffer.from(other).length);
      const told = [one, other].map((text) => {
        const value = Buffer.from(text).subarray(0, length).toString();
        return maskFor([value])(Buffer.from(`${before}${value}${after}`).toString("base64"));
      });
      expect(told[0]).toBe(told[1]);
    }),
  );
});

test("nor as the engines' urlencode and jsonencode write it, in base64 again too", () => {
  const mask = maskFor(["(Dn s*5'H2!&<k>"]);
  const url = "postgresql://attic:%28Dn+s%2A5%27H2%21%26%3Ck%3E@attic-pg-rw:5432";
  expect(mask(url)).toBe("postgresql://attic:(sensitive)@attic-pg-rw:5432");
  expect(mask('{"key":"(Dn s*5\'H2!\\u0026\\u003ck\\u003e"}')).toBe('{"key":"(sensitive)"}');
  expect(mask(Buffer.from(url).toString("base64"))).toContain("(sensitive)");
});

test("a secret of several lines is found indented", () => {
  const mask = maskFor(["-----BEGIN KEY-----\nMIIEvAIBADANBg\n-----END KEY-----\n"]);
  expect(mask("key: |\n    -----BEGIN KEY-----\n    MIIEvAIBADANBg\n    -----END KEY-----\n")).not.toMatch(/MIIE/);
});

test("a very short secret blots out nothing but itself", () => {
  const mask = maskFor(["ab", ""]);
  expect(mask("ab")).toBe("(sensitive)");
  expect(mask("abstract")).toBe("abstract");
});

test("secrets are what plans were given, whatever the program calls them, and what the environment holds", () => {
  const variables = {
    ghcr_token: { value: "given-token" },
    custom: { value: "declared-secret" },
    namespace: { value: "nix-cache" },
  };
  const configuration = { root_module: { variables: { ghcr_token: {}, custom: { sensitive: true }, namespace: {} } } };
  const mask = maskOf([side(stack([], { plan: plan([], { variables, configuration }) }))], {
    TF_VAR_nix_runner_token: "from-environment",
    FLYWHEEL_SECRET_ATTIC__x: "for-one-stack",
    TF_HTTP_PASSWORD: "pass-of-server",
    TF_VAR_namespace: "open-value",
  });
  expect(mask("given-token declared-secret from-environment for-one-stack pass-of-server")).toBe(
    Array.from({ length: 5 }, () => "(sensitive)").join(" "),
  );
  expect(mask("nix-cache open-value")).toBe("nix-cache open-value");
});
