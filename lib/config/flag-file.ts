import { readFileSync } from "node:fs";
import { type Document, isMap, parseDocument } from "yaml";
import { writeFileAtomically } from "../files";
import { type Organization } from "./organization";
import { type BackendType } from "./backends";
import { type StackKey } from "./names";

/** Sets the flag of one stack and environment in organization.yaml, in place: comments and everything else stay. */
export function writeFlag(organization: Organization, key: StackKey, backend: BackendType): void {
  const { file } = organization.source;
  const text = readFileSync(file, "utf8");
  const changed = withFlag(
    text,
    key,
    backend,
    organization.clusters.map(({ name }) => name),
  );
  if (changed !== text) writeFileAtomically(file, changed);
}

/** The text of organization.yaml with the flag of one stack and environment set. A choice that says what the rest says already goes. */
export function withFlag(
  text: string,
  { stack, environment }: StackKey,
  backend: BackendType,
  environments: readonly string[],
): string {
  const document = parseDocument(text);
  const flag = document.getIn(["state", "backend"]) ?? "http";
  const path = ["state", "stacks", stack];
  const choice: unknown = document.getIn(path);
  const of = (name: string): unknown => (isMap(choice) ? (choice.get(name) ?? flag) : (choice ?? flag));
  if (of(environment) === backend) return text;

  if (isMap(choice)) {
    if (backend === flag) choice.delete(environment);
    else choice.set(environment, backend);
    if (choice.items.length === 0) document.deleteIn(path);
  } else if (choice === undefined || environments.length > 1) {
    const all = environments
      .map((name) => [name, name === environment ? backend : of(name)] as const)
      .filter(([, value]) => value !== flag);
    if (all.length === 0) document.deleteIn(path);
    else document.setIn(path, document.createNode(Object.fromEntries(all)));
  } else if (backend === flag) document.deleteIn(path);
  else document.setIn(path, backend);

  const stacks: unknown = document.getIn(["state", "stacks"]);
  if (isMap(stacks) && stacks.items.length === 0) document.deleteIn(["state", "stacks"]);
  return written(text, document);
}

/** `text` with the changes that were made to its document: comments, spaces and everything else stay. */
export function written(text: string, document: Document): string {
  const style = { lineWidth: 0, flowCollectionPadding: /\{ /.test(text) };
  return asWritten(text, parseDocument(text).toString(style), document.toString(style));
}

/** The change from `before` to `after` in the text as somebody wrote it: YAML's writer also sets spaces of its own in other lines. */
function asWritten(text: string, before: string, after: string): string {
  const [lines, old, changed] = [text.split("\n"), before.split("\n"), after.split("\n")];
  if (lines.length !== old.length) return after;
  let start = 0;
  while (start < old.length && old[start] === changed[start]) start += 1;
  let end = 0;
  while (
    end < Math.min(old.length, changed.length) - start &&
    old[old.length - 1 - end] === changed[changed.length - 1 - end]
  )
    end += 1;
  return [
    ...lines.slice(0, start),
    ...changed.slice(start, changed.length - end),
    ...lines.slice(lines.length - end),
  ].join("\n");
}
