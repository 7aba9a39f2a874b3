import { actionMarks, summaryText } from "../planning/preview/actions";
import { type OtherSchema } from "../planning/preview/other-schema";
import { print, printJson } from "./terminal";

/** What another version's schema changes: for each stack the addresses, and what both plans do there. Exit code 1 where anything differs. */
export function printOtherSchema(
  { stacks, from, to }: { readonly stacks: readonly OtherSchema[]; readonly from: string; readonly to: string },
  json: boolean,
): void {
  const rows = stacks.map(({ before, after, differs }) => ({
    id: before.stack.id,
    differs: differs.map((address) => ({
      address,
      before: actionAt(before, address),
      after: actionAt(after, address),
    })),
    before: before.summary,
    after: after.summary,
  }));
  const same = rows.every(({ differs }) => differs.length === 0);
  if (json) printJson({ ok: same, replay: true, from, to, stacks: rows });
  else
    print(
      [
        `by replay of the schemas alone: ${to} in place of ${from}`,
        ...rows.flatMap(({ id, differs, before, after }) => [
          differs.length === 0
            ? `${id}: the very same (${summaryText(before)})`
            : `${id}: ${summaryText(before)} before, ${summaryText(after)} after; it differs at`,
          ...differs.map(
            (one) => `  ${actionMarks[one.after]} ${one.address}  (${one.before} before, ${one.after} after)`,
          ),
        ]),
      ].join("\n"),
    );
  if (!same) process.exitCode = 1;
}

function actionAt({ actions }: OtherSchema["before"], address: string) {
  return actions.find((one) => one.address === address)?.action ?? "none";
}
