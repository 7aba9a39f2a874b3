import { scratchName } from "../../lib/backend/scratch";
import { type ObjectStore } from "../stores/object-store";
import { type ServedState } from "./options";

/** The state that every server keeps for checks: whoever may write at all may write it, and nobody is told of it. */
export function scratchState({ ownFolder }: Pick<ObjectStore, "ownFolder">): ServedState {
  return { name: scratchName, key: `${ownFolder}/probe/scratch.tfstate`, id: scratchName };
}
