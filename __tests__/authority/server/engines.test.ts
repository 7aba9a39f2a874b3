import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { singleWriter } from "../../../authority/server/authenticate";
import { startServer, type RunningServer } from "../../../authority/server/server";
import { StateObject } from "../../../authority/state/state-object";
import { FileStore } from "../../../authority/stores/file";
import { run } from "../programs";
import { lockInfo, temporaryFolder, until } from "../support";

/**
 * The real engines' unmodified http backend against the server over a FileStore. `terraform_data` is built in, so no provider
 * and no network are needed.
 */
const engines = findEngines();

it("finds an engine", () => expect(engines.length).toBeGreaterThan(0));

describe.each(engines)("$name", ({ program, isTofu, lockMethods }) => {
  const key = "attic/terraform.tfstate";
  let server: RunningServer;
  let authority: StateObject;
  let store: FileStore;
  let folder: string;
  let log: string[];

  beforeAll(async () => {
    store = await FileStore.open(join(temporaryFolder(), "store"));
    authority = new StateObject(store, key);
    log = [];
    server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      states: [{ name: "attic-dev", key, id: "attic" }],
      store,
      authenticator: singleWriter("ann", "secret"),
      log: { write: (line) => void log.push(line) },
    });
    folder = workingFolder("value");
    expect(await engine("init", "-no-color")).toMatchObject({ code: 0 });
  });
  afterAll(async () => server.close());

  /** The variable's value decides what an apply changes; a value of `wait:<file>` holds the lock until that file exists. */
  function workingFolder(value: string): string {
    const path = temporaryFolder();
    writeFileSync(
      join(path, "main.tf"),
      `terraform {\n  backend "http" {}\n}\nvariable "value" { default = "${value}" }\nvariable "gate" { default = "" }\n` +
        `resource "terraform_data" "one" {\n  input            = var.value\n  triggers_replace = var.value\n` +
        `  provisioner "local-exec" {\n    command = "while [ -n '\${var.gate}' ] && [ ! -e '\${var.gate}' ]; do sleep 0.05; done"\n  }\n}\n` +
        `output "value" { value = terraform_data.one.output }\n`,
    );
    return path;
  }

  function environment(): NodeJS.ProcessEnv {
    const address = `${server.url}/state/attic-dev`;
    const [lock, unlock] = lockMethods;
    return {
      PATH: process.env.PATH,
      HOME: folder,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_HTTP_ADDRESS: address,
      TF_HTTP_LOCK_ADDRESS: lock === "LOCK" ? address : `${address}/lock`,
      TF_HTTP_UNLOCK_ADDRESS: lock === "LOCK" ? address : `${address}/lock`,
      TF_HTTP_LOCK_METHOD: lock,
      TF_HTTP_UNLOCK_METHOD: unlock,
      TF_HTTP_USERNAME: "ann",
      TF_HTTP_PASSWORD: "secret",
      TF_HTTP_RETRY_WAIT_MIN: "1",
      TF_HTTP_RETRY_WAIT_MAX: "1",
    };
  }

  const engine = async (...args: string[]): Promise<{ code: number | null; output: string }> =>
    run(program, args, folder, environment());
  const apply = async (value: string, ...more: string[]): ReturnType<typeof engine> =>
    engine("apply", "-auto-approve", "-no-color", `-var=value=${value}`, ...more);

  it("applies, and finds its state again from a fresh clone", async () => {
    expect(await apply("one")).toMatchObject({ code: 0 });
    expect(await authority.holder()).toBeUndefined();
    const state = await authority.read();
    expect(state?.bytes.toString()).toContain('"terraform_data"');
    expect((await store.read(key))?.writer).toBe("ann");

    const before = folder;
    folder = workingFolder("one");
    expect(await engine("init", "-no-color")).toMatchObject({ code: 0 });
    expect(await engine("plan", "-no-color", "-detailed-exitcode")).toMatchObject({ code: 0 });
    folder = before;
  });

  it("raises the serial with a second apply and keeps the earlier version", async () => {
    const before = await authority.read();
    expect(await apply("two")).toMatchObject({ code: 0 });
    const after = await authority.read();
    expect(after?.serial).toBeGreaterThan(before?.serial ?? Infinity);
    expect(after?.lineage).toBe(before?.lineage);
    const versions = await store.history(key);
    const earlier = await Promise.all(versions.map(async ({ id }) => store.readVersion(key, id)));
    expect(earlier.some((bytes) => before && bytes?.equals(before.bytes))).toBe(true);
  });

  it("pulls and pushes; lineage, serial and bytes are guarded even against -force", async () => {
    const pulled = await engine("state", "pull");
    const state = JSON.parse(pulled.output);
    const push = async (change: object, ...flags: string[]): ReturnType<typeof engine> => {
      writeFileSync(join(folder, "push.tfstate"), JSON.stringify({ ...state, ...change }));
      return engine("state", "push", ...flags, "push.tfstate");
    };
    expect(await push({ serial: state.serial + 5 })).toMatchObject({ code: 0 });
    const stored = await authority.read();
    // Both engines count one up while they push a state that differs; the refusals below must meet exact serials.
    const countedUp = (stored?.serial ?? 0) - state.serial - 5;
    expect([0, 1]).toContain(countedUp);

    const refusals = log.length;
    const same = state.serial + 5;
    for (const change of [
      { serial: same + 1, lineage: "another" },
      { serial: state.serial },
      { serial: same, outputs: {} },
    ]) {
      expect((await push(change, "-force")).output).toContain("409");
    }
    expect(log.slice(refusals).flatMap((line) => JSON.parse(line).refusal ?? [])).toEqual([
      "lineage-changed",
      "serial-lowered",
      "serial-taken",
    ]);
    expect((await authority.read())?.bytes).toEqual(stored?.bytes);
    expect((await push({ serial: same + 3 }, "-lock=false")).output).toContain("409");
    expect(JSON.parse(log.at(-1) ?? "").refusal).toBe("lock-needed");
    expect(await authority.holder()).toBeUndefined();
  });

  it("is kept out while another process holds the lock, waits with -lock-timeout, and goes on after it", async () => {
    const gate = join(temporaryFolder(), "gate");
    const first = apply("slow", `-var=gate=${gate}`);
    await until("the first process holds the lock", async () => (await authority.holder()) !== undefined);
    const holder = await authority.holder();

    const second = await engine("plan", "-no-color", "-var=value=slow");
    expect(second.code).toBe(1);
    expect(second.output.replace(/\s+/g, " ")).toContain(`HTTP remote state already locked: ID=${holder?.ID}`);
    expect(holder?.Who).toMatch(/@/);

    const asked = log.length;
    const waiting = engine("plan", "-no-color", "-lock-timeout=30s", "-var=value=slow");
    await until("the waiting process was refused once", () =>
      log.slice(asked).some((line) => line.includes('"refusal":"locked"')),
    );
    writeFileSync(gate, "");
    expect(await first).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ code: 0 });
    expect(await authority.holder()).toBeUndefined();
  });

  it("breaks a lock by force only with the lock's ID", async () => {
    const ID = "5f1c0de0-0000-4000-8000-000000000001";
    await authority.lock(lockInfo(ID, { Who: "ci@dead-runner" }));
    const forced = await engine("force-unlock", "-force", ID);
    if (isTofu) {
      expect(forced).toMatchObject({ code: 0 });
    } else {
      expect(forced.code).toBe(1);
      expect(forced.output).toContain("400");
      expect((await authority.holder())?.ID).toBe(ID);
      expect(JSON.parse(log.at(-1) ?? "").msg).toContain("run: flywheel unlock attic <lock-id>");
      await authority.unlock(ID);
    }
    expect(await authority.holder()).toBeUndefined();
  });

  it("does not take a mistyped name for an empty state", async () => {
    const before = folder;
    folder = workingFolder("one");
    const env = { ...environment(), TF_HTTP_ADDRESS: `${server.url}/state/atic-dev` };
    await run(program, ["init", "-no-color"], folder, env);
    const plan = await run(program, ["plan", "-no-color"], folder, env);
    expect(plan.code).toBe(1);
    expect(plan.output).not.toContain("to add");
    folder = before;
  });

  if (isTofu) {
    it("keeps an encrypted state, guarded like any other", async () => {
      const before = await authority.read();
      const env = {
        ...environment(),
        TF_ENCRYPTION: `key_provider "pbkdf2" "k" { passphrase = "correct-horse-battery" }\nmethod "aes_gcm" "m" { keys = key_provider.pbkdf2.k }\nmethod "unencrypted" "u" {}\nstate {\n  method = method.aes_gcm.m\n  fallback {\n    method = method.unencrypted.u\n  }\n}`,
      };
      const applied = await run(program, ["apply", "-auto-approve", "-no-color", "-var=value=hidden"], folder, env);
      expect(applied).toMatchObject({ code: 0 });
      const after = await authority.read();
      expect(after?.bytes.toString()).toContain("encrypted_data");
      expect(after?.bytes.toString()).not.toContain("hidden");
      expect(after?.lineage).toBe(before?.lineage);
      expect(after?.serial).toBeGreaterThan(before?.serial ?? Infinity);
    });
  }
});

interface Engine {
  readonly name: string;
  readonly program: string;
  readonly isTofu: boolean;
  readonly lockMethods: readonly [string, string];
}

/** Terraform and OpenTofu, as far as they are there. One locks by LOCK and UNLOCK, the other by POST and DELETE. */
function findEngines(): Engine[] {
  const candidates = [onPath("terraform"), onPath("tofu") ?? "/tmp/tofu/e/tofu"];
  return candidates
    .filter((program) => program !== undefined)
    .filter((program) => existsSync(program))
    .map((program) => {
      const isTofu = basename(program) === "tofu";
      return {
        name: isTofu ? "OpenTofu" : "Terraform",
        program,
        isTofu,
        lockMethods: isTofu ? ["POST", "DELETE"] : ["LOCK", "UNLOCK"],
      };
    });
}

function onPath(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
