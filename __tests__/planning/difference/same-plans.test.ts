import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { samePlans } from "../../../planning/difference/same-plans";

const folder = mkdtempSync(join(tmpdir(), "same-plans-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["allow_destroy", '["kubernetes_namespace.attic"]'],
  ["release", '["kubernetes_namespace.attic"]'],
  ["import", '{ "kubernetes_namespace.attic": attic }'],
])("plans a stack again where state.%s of it was changed", async (key, value) => {
  const config = join(repositoryRoot, "config");
  const head = join(folder, key);
  cpSync(config, head, { recursive: true });
  const file = join(head, "organization.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^state:$/m, `state:\n  ${key}: { attic: ${value} }`));
  const same = await samePlans(config, head, {});
  expect(same).toMatchObject({ others: ["attic"], othersOfHead: ["attic"] });
});
