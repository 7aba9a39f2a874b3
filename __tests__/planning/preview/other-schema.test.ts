import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { recordedFile } from "../../../planning/replay/schema";
import { previewWithOtherSchema } from "../../../planning/preview/other-schema";
import { temporaryFolder } from "../../authority/support";
import { oneStack } from "../../lib/backend/support";
import { codeOf } from "../../support/code-of";
import { findEngine } from "../../support/engines";

jest.setTimeout(180_000);

const folder = temporaryFolder();
const recorded = readFileSync(recordedFile("hashicorp/helm") ?? "none", "utf8");
interface Schemas {
  resource_schemas: { helm_release: { block: { attributes: Record<string, object> } } };
}

/** The recorded schemas of helm as another version's, changed. */
function schemas(version: string, change: (attributes: Record<string, object>) => void): string {
  const document = JSON.parse(recorded) as Schemas; // our own file
  change(document.resource_schemas.helm_release.block.attributes);
  const file = join(folder, `helm-${version}.json`);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

function against(file: string) {
  const configuration = loadConfiguration(
    oneStack('state:\n  http: {address: "https://s.example/state/{stack}-{env}"}'),
  );
  return previewWithOtherSchema(
    {
      configuration,
      stacks: configuration.stacks,
      engine: findEngine().path,
      environment: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
      progress: () => undefined,
    },
    file,
  );
}

test("the same schema changes nothing; a new computed attribute is told where it is", async () => {
  const same = await against(schemas("2.99.0", () => undefined));
  expect(same).toMatchObject({ from: "helm 2.17.0", to: "helm 2.99.0" });
  expect(same.stacks.map(({ differs }) => differs)).toEqual([[]]);
  const more = await against(
    schemas("2.99.1", (attributes) => (attributes["fresh"] = { type: "string", computed: true })),
  );
  expect(more.stacks[0]?.differs).toContain("helm_release.controller");
  expect(more.stacks[0]?.differs.every((address) => address.startsWith("helm_release."))).toBe(true);
});

test("an attribute that this program sets and the other version has not is the engine's refusal", async () => {
  expect(await codeOf(against(schemas("3.0.0", (attributes) => delete attributes["chart"])))).toBe("plan-failed");
});

test("a file that is none is refused", async () => {
  writeFileSync(join(folder, "helm-1.0.0.json"), "{}");
  for (const name of ["helm-1.0.0.json", "helm-2.0.0.json", "other-1.0.0.json", "helm.json"])
    expect(await codeOf(against(join(folder, name)))).toBe("schema-unusable");
});
