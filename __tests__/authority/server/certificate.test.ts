import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import { CertificateFiles, watchCertificate } from "../../../authority/server/certificate";
import { type UserError } from "../../../lib/errors";
import { repositoryRoot } from "../../../lib/root";
import { configurationWith } from "../../support/configuration";
import { serve } from "./served";
import { run } from "../programs";
import { temporaryFolder, until } from "../support";

/** A certificate of its own for localhost, in a folder as Kubernetes mounts a Secret. */
function certificate(folder: string, name: string): { cert: string; key: string } {
  mkdirSync(folder, { recursive: true });
  const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const args =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -addext subjectAltName=DNS:localhost";
  execFileSync("openssl", [...args.split(" "), "-keyout", key, "-out", cert, "-subj", `/CN=${name}`], {
    stdio: "ignore",
  });
  return { cert, key };
}

/** The name in the certificate that is served. */
async function servedName(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

const folder = temporaryFolder();
const old = certificate(join(folder, "old"), "old");
certificate(join(folder, "renewed"), "renewed");

describe("a certificate", () => {
  it("that is renewed is served to the next connection, and a half that does not fit is told once", async () => {
    const mounted = join(folder, "mounted");
    symlinkSync(join(folder, "old"), mounted);
    const files = new CertificateFiles(join(mounted, "tls.crt"), join(mounted, "tls.key"));
    const { server } = await serve({ tls: await files.load() });
    const port = Number(new URL(server.url).port);
    const problems: UserError[] = [];
    const watch = watchCertificate(files, {
      interval: 3_600_000,
      renew: (next) => server.renewCertificate(next),
      report: (problem) => problems.push(problem),
    });
    await watch.look();
    expect(await servedName(port)).toBe("old");

    // A link that is swapped, as a mounted Secret's is.
    symlinkSync(join(folder, "renewed"), `${mounted}.new`);
    renameSync(`${mounted}.new`, mounted);
    await watch.look();
    expect(await servedName(port)).toBe("renewed");

    copyFileSync(old.key, join(folder, "renewed", "tls.key"));
    await watch.look();
    await watch.look();
    expect(problems.map(({ problems: [problem] }) => problem?.code)).toEqual(["pem-pair"]);
    expect(await servedName(port)).toBe("renewed");
    watch.stop();
  });

  it.each([
    ["another key", old.cert, () => certificate(join(folder, "other"), "other").key, "pem-pair"],
    ["no PEM", __filename, () => old.key, "pem-pair"],
    ["nothing", join(folder, "none"), () => old.key, "no-pem"],
  ])("with %s is one clear error", async (_name, cert, key, code) => {
    await expect(new CertificateFiles(cert, key()).load()).rejects.toMatchObject({ problems: [{ code, file: cert }] });
  });
});

describe("flywheel serve", () => {
  const config = configurationWith("state: {}");
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    FLYWHEEL_CONFIG_DIR: config,
    TF_HTTP_USERNAME: "ann",
    TF_HTTP_PASSWORD: "secret",
  };
  const args = (pair: { cert: string; key: string }): string[] => [
    join(repositoryRoot, "bin", "flywheel"),
    ...["serve", "--listen", "127.0.0.1:0", "--store", "file", "--dir", join(folder, "states")],
    ...["--cert", pair.cert, "--key", pair.key],
  ];

  it("does not start with a key of another certificate, and says so in words", async () => {
    const { code, output } = await run(
      process.execPath,
      args({ cert: old.cert, key: certificate(join(folder, "third"), "x").key }),
      folder,
      env,
    );
    expect(code).toBe(1);
    expect(output).toContain("is not the one of this certificate");
    expect(output).not.toContain("    at ");
  });

  it("outlives a SIGHUP, and serves what was renewed", async () => {
    const pair = { cert: join(folder, "live.crt"), key: join(folder, "live.key") };
    const place = (from: { cert: string; key: string }): void => {
      writeFileSync(pair.key, readFileSync(from.key));
      writeFileSync(pair.cert, readFileSync(from.cert));
    };
    place(old);
    const child = spawn(process.execPath, args(pair), { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "close");
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const port = Number(new URL(String(line).replace("listening on ", "")).port);
    expect(await servedName(port)).toBe("old");
    place(certificate(join(folder, "fourth"), "fourth"));
    child.kill("SIGHUP");
    await until("the renewed one is served", async () => (await servedName(port)) === "fourth");
    child.kill("SIGHUP");
    child.kill("SIGTERM");
    await ended;
    expect(child.exitCode).toBe(143);
  });
});
