import { scratchName } from "../../lib/backend/scratch";
import { ownFolder } from "../../lib/config/backends/object-key";
import { type ServedState } from "./options";

/** The state that every server keeps for checks: whoever may write at all may write it, and nobody is told of it. */
export const scratchState: ServedState = {
  name: scratchName,
  key: `${ownFolder}/probe/scratch.tfstate`,
  id: scratchName,
};
