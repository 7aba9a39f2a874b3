import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttp, request, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { type TLSSocket } from "node:tls";
import { join } from "node:path";
import { proxyFor } from "../../../authority/stores/connection";
import { HttpStateStore } from "../../../authority/stores/http";
import { S3Bucket } from "../../../authority/stores/s3-bucket";
import { temporaryFolder } from "../support";

/** A private authority, a server's certificate and a client's, made anew. */
const pki = (() => {
  const folder = temporaryFolder();
  const file = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const keys = (name: string) => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    `${name}.key`,
  ];
  openssl("req", "-x509", ...keys("ca"), "-out", "ca.pem", "-days", "2", "-subj", "/CN=private authority");
  for (const name of ["server", "client"]) {
    openssl("req", ...keys(name), "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    writeFileSync(file("ext"), "subjectAltName=DNS:state.test,DNS:localhost,IP:127.0.0.1\n");
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "ext",
      "-out",
      `${name}.pem`,
    );
  }
  return { ca: file("ca.pem"), read: (name: string) => readFileSync(file(name), "utf8") };
})();

const state = JSON.stringify({
  version: 4,
  terraform_version: "1.11.4",
  serial: 7,
  lineage: "a",
  outputs: {},
  resources: [],
});
const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => (server.closeAllConnections(), server.close()));
  return (server.address() as AddressInfo).port; // a TCP server's
}

/** Serves one state by TLS, and notes who asked. */
async function stateServer(options: { requestCert?: boolean } = {}): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttps(
    {
      cert: pki.read("server.pem"),
      key: pki.read("server.key"),
      ca: pki.read("ca.pem"),
      ...options,
      rejectUnauthorized: options.requestCert === true,
    },
    (incoming, outgoing) => {
      asked.push(String((incoming.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody")); // an HTTPS server's
      outgoing.end(state);
    },
  );
  return { port: await listening(server), asked };
}

/** A proxy that sends everything to one port of this machine, whatever name was asked for. */
async function proxyTo(port: number): Promise<{ address: string; through: string[] }> {
  const through: string[] = [];
  const server = createHttp((incoming, outgoing) => {
    through.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    incoming.pipe(
      request(
        { port, method: incoming.method, path: new URL(incoming.url ?? "").pathname, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        },
      ),
    );
  });
  server.on("connect", (incoming, socket) => {
    through.push(`CONNECT ${incoming.url ?? ""}`);
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => (socket.destroy(), onward.destroy()));
  });
  return { address: `http://127.0.0.1:${await listening(server)}`, through };
}

function storeAt(address: string, environment: NodeJS.ProcessEnv): HttpStateStore {
  return new HttpStateStore({
    contract: {
      type: "http",
      address,
      lockAddress: `${address}/lock`,
      unlockAddress: `${address}/lock`,
      lockMethod: "POST",
      unlockMethod: "DELETE",
    },
    environment,
    timeout: 5_000,
  });
}

describe("a private authority of certificates", () => {
  it.each(["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])("is trusted by %s", async (name) => {
    const { port } = await stateServer();
    const address = `https://127.0.0.1:${port}/state/x`;
    await expect(storeAt(address, {}).read()).rejects.toThrow(/certificate/);
    await expect(storeAt(address, { [name]: pki.ca }).read()).resolves.toMatchObject({ serial: 7 });
  });

  it("a file that is not there is named, with its variable", async () => {
    const { port } = await stateServer();
    const store = storeAt(`https://127.0.0.1:${port}/x`, { AWS_CA_BUNDLE: "/nonexistent/ca.pem" });
    await expect(store.read()).rejects.toMatchObject({ problems: [{ code: "no-certificates", key: "AWS_CA_BUNDLE" }] });
  });
});

describe("TF_HTTP_CLIENT_*", () => {
  it("proves to the server who asks, and trusts that authority alone", async () => {
    const { port, asked } = await stateServer({ requestCert: true });
    const identity = {
      TF_HTTP_CLIENT_CERTIFICATE_PEM: pki.read("client.pem"),
      TF_HTTP_CLIENT_PRIVATE_KEY_PEM: pki.read("client.key"),
      TF_HTTP_CLIENT_CA_CERTIFICATE_PEM: pki.read("ca.pem"),
    };
    await expect(storeAt(`https://127.0.0.1:${port}/x`, identity).read()).resolves.toMatchObject({ serial: 7 });
    expect(asked).toEqual(["client"]);
    await expect(storeAt(`https://127.0.0.1:${port}/x`, { AWS_CA_BUNDLE: pki.ca }).read()).rejects.toThrow();
  });

  it("half a pair is refused by name", () => {
    expect(() => storeAt("https://127.0.0.1:1/x", { TF_HTTP_CLIENT_CERTIFICATE_PEM: "x" })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ key: "TF_HTTP_CLIENT_PRIVATE_KEY_PEM" })] }),
    );
  });
});

describe("HTTPS_PROXY and HTTP_PROXY", () => {
  it("the http store goes through the proxy, by TLS to the place itself", async () => {
    const { port } = await stateServer();
    const { address, through } = await proxyTo(port);
    const store = storeAt("https://state.test/x", { HTTPS_PROXY: address, AWS_CA_BUNDLE: pki.ca });
    await expect(store.read()).resolves.toMatchObject({ serial: 7 });
    expect(through).toEqual(["CONNECT state.test:443"]);
  });

  it("without TLS too", async () => {
    const port = await listening(createHttp((_, outgoing) => outgoing.end(state)));
    const { address, through } = await proxyTo(port);
    await expect(storeAt("http://state.test/x", { HTTP_PROXY: address }).read()).resolves.toMatchObject({ serial: 7 });
    expect(through).toEqual(["GET http://state.test/x"]);
  });

  it("and so does the S3 client", async () => {
    const place = { endpoint: "https://state.test", bucket: "b", region: "us-east-1", skipS3Checksum: false };
    const { port, asked } = await stateServer();
    const { address, through } = await proxyTo(port);
    const environment = {
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_CA_BUNDLE: pki.ca,
      HTTPS_PROXY: address,
    };
    const bucket = new S3Bucket(place, environment);
    await bucket.get("key").catch(() => undefined);
    bucket.close();
    expect([through[0], asked[0]]).toEqual(["CONNECT state.test:443", "nobody"]);
  });

  it.each([
    ["https://state.test/x", "", true],
    ["https://state.test/x", "other.test, state.test", false],
    ["https://a.state.test/x", "state.test", false],
    ["https://a.state.test/x", ".state.test", false],
    ["https://state.test/x", ".state.test", true],
    ["https://notstate.test/x", "state.test", true],
    ["https://state.test/x", "*", false],
    ["https://state.test/x", "state.test:8443", true],
    ["https://state.test:8443/x", "state.test:8443", false],
    ["https://10.1.2.3/x", "10.0.0.0/8", false],
    ["https://11.1.2.3/x", "10.0.0.0/8", true],
    ["https://[fd00::1]/x", "fd00::/8", false],
    ["https://localhost/x", "", false],
    ["https://127.0.0.1/x", "", false],
  ])("%s with NO_PROXY=%s: through the proxy? %s", (url, exceptions, isProxied) => {
    const environment = { HTTPS_PROXY: "proxy.test:3128", NO_PROXY: exceptions };
    expect(proxyFor(new URL(url), environment)).toBe(isProxied ? "http://proxy.test:3128" : undefined);
  });
});
