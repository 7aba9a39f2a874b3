import { type TerraformStack } from "cdktf";

/** What `state.import` of a stack says: ids of what exists, by the addresses that it gets. A block for what the state has already does nothing. */
export function importExisting(stack: TerraformStack, ids: Readonly<Record<string, string>>): void {
  const blocks = Object.entries(ids).sort(([a], [b]) => (a < b ? -1 : 1));
  if (blocks.length === 0) return;
  stack.addOverride(
    "import",
    blocks.map(([to, id]) => ({ to, id })),
  );
}
