import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { writeFileAtomically } from "../files";
import { written } from "./flag-file";
import { type Organization } from "./organization";

/** Sets `state.import` of one stack in organization.yaml, in place: comments and everything else stay. Nothing to import takes it away. */
export function writeImports({ source }: Organization, id: string, ids: Readonly<Record<string, string>>): void {
  const text = readFileSync(source.file, "utf8");
  const document = parseDocument(text);
  const path = ["state", "import", id];
  if (Object.keys(ids).length > 0) document.setIn(path, document.createNode(ids));
  else if (document.hasIn(path)) document.deleteIn(path);
  const changed = written(text, document);
  if (changed !== text) writeFileAtomically(source.file, changed);
}

/** The text of organization.yaml as it was before anything was to be imported: what exists was made from that. */
export function withoutImports(text: string): string {
  const document = parseDocument(text);
  if (!document.hasIn(["state", "import"])) return text;
  document.deleteIn(["state", "import"]);
  return written(text, document);
}
