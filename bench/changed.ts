import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkPackages } from "../planning/difference/packages";
import { withWorktree } from "../planning/difference/worktree";
import { repositoryRoot } from "../lib/root";

/** Changes of the program that a preview is asked for: one that no plan sees, and one of the code that plans, so that everything is planned on both. */
const edits = {
  "without effect": ["lib/errors.ts", (text: string) => `${text}// nothing\n`],
  "of replay": ["planning/replay/provider.ts", (text: string) => text.replace("new Uint8Array()", "new Uint8Array(0)")],
} as const;

/** Runs `work` with checkouts of HEAD, by what was changed in them. They are gone afterwards. */
export function withChanges<T>(
  folder: string,
  work: (checkouts: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const checkouts = new Map<string, string>();
  const steps = Object.entries(edits).map(([name, [file, edit]], index) => (next: () => Promise<T>) => {
    const checkout = join(folder, `changed-${index}`);
    return withWorktree(repositoryRoot, "HEAD", checkout, () => {
      linkPackages(repositoryRoot, checkout);
      const path = join(checkout, file);
      const before = readFileSync(path, "utf8");
      const after = edit(before);
      if (after === before) throw new Error(`nothing to change in ${file}`);
      writeFileSync(path, after);
      checkouts.set(name, checkout);
      return next();
    });
  });
  return steps.reduceRight<() => Promise<T>>(
    (next, step) => () => step(next),
    () => work(checkouts),
  )();
}
