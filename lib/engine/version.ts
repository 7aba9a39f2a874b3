import { engineFailed } from "./refusals";
import { runEngine } from "./run";

/** Which program an engine is, and its version. */
export interface EngineVersion {
  readonly name: "tofu" | "terraform";
  /** `1.11.4` */
  readonly version: string;
}

/** Asks an engine what it is. @throws UserError where it does not say. */
export async function engineVersion(engine: string, folder: string, env: NodeJS.ProcessEnv): Promise<EngineVersion> {
  const { exitCode, stdout } = await runEngine({ engine, args: ["version"], folder, env });
  const said = /^(OpenTofu|Terraform) v(\S+)$/m.exec(stdout);
  if (exitCode !== 0 || said?.[2] === undefined)
    throw engineFailed("version", exitCode, `it does not say what it is: ${stdout.split("\n")[0] ?? ""}`);
  return { name: said[1] === "OpenTofu" ? "tofu" : "terraform", version: said[2] };
}
