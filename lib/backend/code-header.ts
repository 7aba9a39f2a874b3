/**
 * In what a server of ours says why it refused: the code of the refusal, one of docs/errors.md. The engines don't read it; our own
 * client does, where a status alone does not tell an outage from a store that holds something else than a state.
 */
export const codeHeader = "flywheel-code";
