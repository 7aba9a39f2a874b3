import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cutSchemas, schemasOf } from "../../../ci/schemas/record";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";
import { kubectlVersion } from "../../../lib/constructs/kubectl-provider";
import { recordedProviders } from "../../../planning/replay/schema";

describe("recorded schemas", () => {
  it("keep the types that were recorded and those that are asked for, without descriptions", async () => {
    const attribute = { type: "string", optional: true, description: "What it is.", description_kind: "plain" };
    const schema = { version: 0, block: { attributes: { description: attribute }, description_kind: "plain" } };
    const whole = { provider: schema, resource_schemas: { a: schema, b: schema, c: schema }, data_source_schemas: {} };
    const cut = { block: { attributes: { description: { optional: true, type: "string" } } }, version: 0 };
    await withTemporaryFolder((folder) => {
      const former = join(folder, "former.json");
      writeFileSync(former, JSON.stringify({ resource_schemas: { a: cut } }));
      expect(cutSchemas(whole, former, ["c", "d"])).toEqual({
        provider: cut,
        resource_schemas: { a: cut, c: cut },
        data_source_schemas: {},
      });
      return Promise.resolve();
    });
  });

  it.each([
    ["aws", "1.0.0"],
    ["hashicorp/aws", ">= 5"],
  ])("are asked of no provider %s, version %s", async (address, version) => {
    await expect(schemasOf({ engine: "none", address, version })).rejects.toMatchObject({
      problems: [{ code: "usage" }],
    });
  });

  it("are those of the versions that the bindings were made from, and that the program asks for", () => {
    for (const { address, version } of recordedProviders()) {
      if (address === "alekc/kubectl") expect(version).toBe(kubectlVersion);
      else expect([address, version]).toEqual([address, versionOfBinding(address)]);
    }
  });
});

/** The version that the package @cdktf/provider-NAME was generated from, by its own source. */
function versionOfBinding(address: string): string | undefined {
  const [, name = ""] = address.split("/");
  const file = join(repositoryRoot, "node_modules", "@cdktf", `provider-${name}`, "lib", "provider", "index.js");
  return /providerVersion: '([^']+)'/.exec(readFileSync(file, "utf8"))?.[1];
}
