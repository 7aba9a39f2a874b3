import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { repositoryRoot } from "../../../lib/root";
import { Clone } from "../../authority/cutover/real";
import { send, temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";
import { onTerminal } from "../../support/terminal";
import { type ServeChild, startServe } from "../serve-child";

/** `flywheel destroy` as typed: the engine, the backend and the locks are real, the providers are replayed from outside. */
jest.setTimeout(6 * 60_000);

const folder = temporaryFolder();
const config = join(folder, "config");
let server: ServeChild;
const replay = replayedProviders();
beforeAll(async () => {
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(join(config, "environments", "dev", "attic.yaml"), "use_minio: true\n");
  configure("http://127.0.0.1:9");
  server = await startServe(config, join(folder, "states"));
  configure(server.url);
});
afterAll(() => server.stop());

function configure(url: string): void {
  writeFileSync(
    join(config, "organization.yaml"),
    `organization: {name: x}
clusters: [{name: dev, role: development, domain: example.org, context: honey}]
state:
  http: {address: "${url}/state/{stack}-{env}"}
  plan: {recipients: [age14g2fz8plzx72m92gkaxmdqawrf6zz94epnkylnna7yy73pwtm9nsmvhuqp]}
`,
  );
}

const stored = () => send("GET", `${server.url}/state/attic-dev`, { auth: `${server.user}:${server.password}` });

interface Told {
  readonly problems?: readonly { readonly code: string; readonly remedy?: string }[];
}

it("names all data at once, destroys what was shown when its name is typed, and ends the ledger entry", async () => {
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    FLYWHEEL_CONFIG_DIR: config,
    FLYWHEEL_ENGINE: findEngine().path,
    FLYWHEEL_REPLAY: "1",
    TF_REATTACH_PROVIDERS: replay.reattach,
    TF_HTTP_USERNAME: server.user,
    TF_HTTP_PASSWORD: server.password,
    CHECKPOINT_DISABLE: "1",
  };
  const here = new Clone(config, env, folder);
  const flywheel = (...args: readonly string[]) => here.flywheel(...args);
  const problemOf = async (...args: readonly string[]) =>
    (JSON.parse((await flywheel(...args, "--json")).stdout) as Told).problems?.[0];

  const nothing = await flywheel("destroy", "attic", "--dry-run");
  expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no state of attic") });
  // Nothing there is a beginning only where somebody says so, and a plan of it asks.
  expect(await flywheel("register", "attic", "--new")).toMatchObject({ code: 0 });
  expect(await flywheel("plan", "attic")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no state at .*made anew\n(.*\n)*.*nobody to ask/),
  });
  expect(await flywheel("apply", "attic", "--auto-approve")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("attic is new by the ledger"),
  });
  expect(await flywheel("register", "attic", "--repair")).toMatchObject({ code: 0 });

  // Before anything is asked or planned: all of it at once, and the YAML to write.
  const problem = await problemOf("destroy", "attic", "--auto-approve", "--confirm", "attic");
  expect(problem?.code).toBe("holds-data");
  const written = /^ {2}state:\n(?: {4}.*\n)+/m.exec(problem?.remedy ?? "")?.[0] ?? "";
  const allowed = (parse(written) as { state: { allow_destroy: { attic: readonly string[] } } }).state.allow_destroy;
  expect(allowed.attic).toEqual([
    "kubectl_manifest.database",
    "kubectl_manifest.object_store_tenant",
    "kubernetes_namespace.namespace",
    "random_password.database_password",
    "random_password.jwt_signing_key",
    "random_password.object_store_credentials_password",
  ]);
  const bundle = join(here.folder, "end.flyplan");
  expect((await problemOf("plan", "attic", "--destroy", "--out", bundle))?.code).toBe("holds-data");
  expect(existsSync(bundle)).toBe(false);
  const organization = parseDocument(here.organization);
  organization.setIn(["state", "allow_destroy"], allowed);
  writeFileSync(here.organizationFile, organization.toString());

  expect(await flywheel("destroy", "attic")).toMatchObject({ code: 2 });
  expect(await flywheel("destroy", "attic", "--auto-approve")).toMatchObject({ code: 2 });
  expect((await problemOf("destroy", "attic", "--auto-approve", "--confirm", "attic-prod"))?.code).toBe(
    "not-destroyed",
  );
  const before = await stored();

  // Its name, typed on a terminal.
  const command = [process.execPath, join(repositoryRoot, "bin", "flywheel"), "destroy", "attic"];
  const typed = (name: string) =>
    onTerminal({ command, cwd: here.folder, env, at: /Type the stack's name, attic/, deed: `type:${name}\\n` });
  expect((await typed("yes")).code).toBe(1);
  expect((await stored()).body).toBe(before.body);
  const { code, said } = await typed("attic");
  expect([code, said]).toEqual([0, expect.stringContaining("data is lost: kubectl_manifest.database")]);
  expect(said).toContain("remove state.allow_destroy.attic");
  expect(said).toMatch(/lock +free/);

  const after = await stored();
  expect(JSON.parse(after.body)).toMatchObject({ resources: [] });
  const { states, version } = parse(readFileSync(here.ledgerFile, "utf8")) as {
    states: readonly object[];
    version: number;
  };
  expect(version).toBe(2);
  expect(states).toMatchObject([
    {
      stack: "attic",
      ended: expect.stringMatching(/^20\d\d-/),
      serial: (JSON.parse(after.body) as { serial: number }).serial,
    },
  ]);

  // From here on nothing is planned on it, until somebody says that it begins anew.
  expect(await flywheel("plan", "attic")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("attic was destroyed on"),
  });
  expect((await flywheel("status", "attic")).stdout).toMatch(/ ended /);
  expect(await flywheel("register", "attic", "--repair")).toMatchObject({ code: 0 });
  expect(readFileSync(here.ledgerFile, "utf8")).not.toContain("ended");
  expect(await flywheel("check", "attic")).toMatchObject({ code: 0 });
});
