import { UserError } from "../lib/errors";
import { engineOrBuild } from "./engine";

engineOrBuild((line) => process.stderr.write(`${line}\n`)).then(
  (path) => process.stdout.write(`${path}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof UserError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
