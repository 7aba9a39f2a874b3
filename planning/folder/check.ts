import { checkLine, type CheckLine } from "../../authority/check/line";
import { type StackInstance } from "../../lib/config/load";
import { findHclFolder } from "../../lib/engine/hcl-folder";
import { refuseIgnored } from "./prepare";

/** A line for each folder of HCL: it has to be there, with all that its engine would read. */
export function checkFolders(stacks: readonly StackInstance[]): Promise<readonly CheckLine[]> {
  return Promise.all(
    stacks.flatMap((stack) =>
      stack.folder === undefined
        ? []
        : [
            checkLine(`${stack.id}: folder`, async () => {
              const found = findHclFolder(stack);
              refuseIgnored(stack, found);
              return `${found.path}, in the worktree ${found.worktree}`;
            }),
          ],
    ),
  );
}
