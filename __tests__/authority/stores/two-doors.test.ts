import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { singleWriter } from "../../../authority/server/authenticate";
import { startServer, type RunningServer } from "../../../authority/server/server";
import { StateObject } from "../../../authority/state/state-object";
import { S3Store } from "../../../authority/stores/s3";
import { openTofu } from "../../../tools/catalogue";
import { builtTool } from "../../../tools/tool";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { run } from "../programs";
import { temporaryFolder, until } from "../support";
import { findEngines } from "../../support/engines";

/**
 * One state, two doors: the http backend through our server, and the s3 backend with `use_lockfile`, over one MinIO. Real engines
 * that were not told of each other.
 */
/** Terraform where it is on PATH; OpenTofu always: what `make tools` built is one of findEngines. */
const known = findEngines();
const engines = known.some(({ name }) => name === "tofu") ? known : [{ name: "tofu", path: builtTool(openTofu) }];
const doors = ["http", "s3"] as const;
type Door = (typeof doors)[number];

const key = "dev/attic/terraform.tfstate";
let minio: S3Server;
let store: S3Store;
let server: RunningServer;
let authority: StateObject;

beforeAll(async () => {
  minio = await startMinio();
  store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  authority = new StateObject(store, key);
  server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    states: [{ name: "attic-dev", key, id: "attic" }],
    store,
    authenticator: singleWriter("ann", "secret"),
    log: { write: () => undefined },
  });
});
afterAll(async () => {
  await server.close();
  store.close();
  await minio.stop();
});

/** A folder whose backend is one of the doors. `value` decides what an apply changes; it waits for the file `gate`, if one is named. */
function workingFolder(door: Door): string {
  const folder = temporaryFolder();
  const s3 = `bucket = "${minio.bucket}"\n    key = "${key}"\n    region = "us-east-1"\n    endpoints = { s3 = "${minio.endpoint}" }\n    use_path_style = true\n    use_lockfile = true
    skip_credentials_validation = true\n    skip_metadata_api_check = true\n    skip_region_validation = true\n    skip_requesting_account_id = true`;
  const http = `address = "${server.url}/state/attic-dev"\n    lock_address = "${server.url}/state/attic-dev/lock"\n    unlock_address = "${server.url}/state/attic-dev/lock"\n    lock_method = "POST"\n    unlock_method = "DELETE"`;
  writeFileSync(
    join(folder, "main.tf"),
    `terraform {\n  backend "${door}" {\n    ${door === "s3" ? s3 : http}\n  }\n}\nvariable "value" {}\nvariable "gate" { default = "" }
resource "terraform_data" "one" {
  input            = var.value
  triggers_replace = var.value
  provisioner "local-exec" {
    command = "while [ -n '\${var.gate}' ] && [ ! -e '\${var.gate}' ]; do sleep 0.05; done"
  }
}\n`,
  );
  return folder;
}

describe.each(engines)("$name", ({ name, path }) => {
  const folders = new Map<Door, string>();
  const environment = (): NodeJS.ProcessEnv => ({
    PATH: process.env["PATH"],
    HOME: temporaryFolder(),
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_HTTP_USERNAME: "ann",
    TF_HTTP_PASSWORD: "secret",
    TF_HTTP_RETRY_WAIT_MIN: "1",
    TF_HTTP_RETRY_WAIT_MAX: "1",
    ...minio.environment,
  });
  const engine = async (door: Door, ...args: string[]): Promise<{ code: number | null; output: string }> => {
    const { code, output } = await run(path, args, folders.get(door) ?? "", environment());
    return { code, output: output.replace(/[│╷╵]/g, " ").replace(/\s+/g, " ") };
  };

  beforeAll(async () => {
    for (const door of doors) {
      folders.set(door, workingFolder(door));
      expect(await engine(door, "init", "-no-color")).toMatchObject({ code: 0 });
    }
  });

  it.each([
    ["http", "s3"],
    ["s3", "http"],
  ] as const)(
    "an apply through %s keeps one through %s out, which is told by whom and since when",
    async (first, second) => {
      const gate = join(temporaryFolder(), "gate");
      const value = `${name} by ${first}`;
      const holding = engine(first, "apply", "-auto-approve", "-no-color", `-var=value=${value}`, `-var=gate=${gate}`);
      try {
        await until("the first holds the lock", async () => (await authority.holder()) !== undefined);
        const holder = await authority.holder();
        expect(holder).toMatchObject({ Operation: "OperationTypeApply", Who: expect.stringContaining("@") });
        const refused = await engine(second, "apply", "-auto-approve", "-no-color", "-var=value=other");
        expect(refused.code).toBe(1);
        for (const part of [holder?.ID, holder?.Who, holder?.Created.slice(0, 10)])
          expect(refused.output).toContain(part);
        expect((await authority.holder())?.ID).toBe(holder?.ID);

        // Detailed exit code 0: no changes. It waited for the first one's end, and sees what that one wrote.
        const plan = () =>
          engine(
            second,
            "plan",
            "-no-color",
            "-detailed-exitcode",
            "-lock-timeout=60s",
            `-var=value=${value}`,
            `-var=gate=${gate}`,
          );
        const waiting = plan();
        writeFileSync(gate, "");
        expect(await holding).toMatchObject({ code: 0 });
        // An engine that is refused and finds the lock gone when it asks who holds it stops instead of waiting: asked once more.
        const answered = await waiting;
        const waited = answered.output.includes("Error acquiring the state lock") ? await plan() : answered;
        expect(waited.code === 0 ? "" : waited.output).toBe("");
      } finally {
        writeFileSync(gate, "");
        await holding;
      }
      expect(await authority.holder()).toBeUndefined();
      expect((await authority.read())?.bytes.toString()).toContain(value);
    },
  );

  it("goes on through either door where the other left off", async () => {
    const lineage = (await authority.read())?.lineage;
    for (const door of [...doors, ...doors]) {
      const before = (await authority.read())?.serial ?? Infinity;
      expect(await engine(door, "apply", "-auto-approve", "-no-color", `-var=value=${door}`)).toMatchObject({
        code: 0,
      });
      const after = await authority.read();
      expect(after?.serial).toBeGreaterThan(before);
      expect(after?.lineage).toBe(lineage);
      const other = door === "http" ? "s3" : "http";
      expect(await engine(other, "plan", "-no-color", "-detailed-exitcode", `-var=value=${door}`)).toMatchObject({
        code: 0,
      });
    }
  });
});
