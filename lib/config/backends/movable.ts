/** The backends that the flag may name, and between which a state moves. A file of its own: `--help` loads no settings. */
export const movableBackends = ["http", "s3"] as const;
