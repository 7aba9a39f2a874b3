import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type S3Server } from "../s3/s3-server";
import { type CommandResult, type Stage } from "./stage";

/** An engine of its own on one of the two backends: the state's address and an engine, nothing of ours. */
export class Client {
  private constructor(
    private readonly stage: Stage,
    private readonly engine: string,
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param place how it reaches the state: the HTTP address, or the bucket and key with `use_lockfile`. */
  static async at(
    stage: Stage,
    engine: string,
    name: string,
    place: { readonly address: string } | { readonly server: S3Server; readonly key: string },
    env: NodeJS.ProcessEnv,
  ): Promise<Client> {
    const folder = join(stage.folder, name);
    mkdirSync(folder);
    const backend =
      "address" in place
        ? {
            http: {
              address: place.address,
              lock_address: `${place.address}/lock`,
              unlock_address: `${place.address}/lock`,
              lock_method: "POST",
              unlock_method: "DELETE",
            },
          }
        : {
            s3: {
              bucket: place.server.bucket,
              key: place.key,
              region: place.server.region,
              endpoints: { s3: place.server.endpoint },
              use_path_style: true,
              use_lockfile: true,
              skip_credentials_validation: true,
              skip_metadata_api_check: true,
              skip_region_validation: true,
              skip_requesting_account_id: true,
            },
          };
    // A resource that needs no provider; with a gate its apply says so beside it, and waits, lock in hand, until that file is there.
    const provisioner = [
      {
        "local-exec": {
          command:
            'gate=\'${var.gate}\'; [ -z "$gate" ] || touch "$gate.held"; while [ -n "$gate" ] && [ ! -e "$gate" ]; do sleep 0.1; done',
        },
      },
    ];
    const program = {
      terraform: { backend },
      variable: { gate: { default: "" }, value: { default: "first" } },
      resource: { terraform_data: { one: { input: "${var.value}", triggers_replace: "${var.value}", provisioner } } },
    };
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(program, null, 2));
    const client = new Client(stage, engine, folder, env);
    await client.quietly("init", "-no-color", "-input=false");
    return client;
  }

  /** Runs the engine and shows the lines that match. */
  run(show: RegExp, ...args: readonly string[]): Promise<CommandResult> {
    return this.stage.run(
      `(${this.folder.split("/").at(-1) ?? ""}) ${this.engine.split("/").at(-1) ?? ""} ${args.filter((arg) => !arg.startsWith("-no-color") && !arg.includes("gate=")).join(" ")}`,
      this.engine,
      args,
      { cwd: this.folder, env: this.env, show },
    );
  }

  /** Runs the engine without a word. */
  quietly(...args: readonly string[]): Promise<CommandResult> {
    return this.stage.runQuietly(this.engine, args, { cwd: this.folder, env: this.env });
  }
}
