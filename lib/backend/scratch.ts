/**
 * The name of the state that `flywheel serve` keeps for checks alone. No stack can have it: their names begin with a letter or a digit.
 */
export const scratchName = "_scratch";

/** What a server of ours says with every answer about that state, so that nobody writes one on a server that is not ours. */
export const scratchHeader = "flywheel-scratch";
