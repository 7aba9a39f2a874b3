/** The two sides of the flag, between which a state moves. Beside the settings, which `--help` need not load. */
export const sides = ["http", "s3"] as const;
