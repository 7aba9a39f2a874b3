import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { StoreTimeout, StoreUnavailable } from "../../../authority/stores/object-store";
import { S3Bucket } from "../../../authority/stores/s3-bucket";

/** What a request makes of answers that no real server of the suites gives at will. */
const environment = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** A bucket at a server that answers as it is told; with `host` on that address of this machine. */
async function bucketAt(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { host = "127.0.0.1", path = "", timeouts = { connect: 2_000, idle: 2_000, total: 10_000 } } = {},
): Promise<S3Bucket> {
  const server: Server = createServer(answer).listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
  const place = { endpoint, bucket: "b", region: "us-east-1", skipS3Checksum: false };
  const bucket = new S3Bucket(place, environment, timeouts);
  opened.push({ close: () => (bucket.close(), server.closeAllConnections(), server.close()) });
  return bucket;
}

const object = { etag: '"1"', "content-length": "4" };
const error = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

it("asks below the path of an endpoint, with the host and the port that are signed", async () => {
  const seen: (string | undefined)[] = [];
  const bucket = await bucketAt(
    (request, response) => {
      seen.push(request.url, request.headers.host);
      response.writeHead(200, object).end("text");
    },
    { path: "/s3/" },
  );
  expect((await bucket.get("a b/é?", "v 1"))?.bytes.toString()).toBe("text");
  expect(seen).toEqual(["/s3/b/a%20b/%C3%A9%3F?versionId=v%201", expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
});

it("finds an address of IPv6", async () => {
  const bucket = await bucketAt((_request, response) => response.writeHead(200, object).end("text"), { host: "::1" });
  expect((await bucket.get("a"))?.bytes.toString()).toBe("text");
});

it("takes an answer without a length whole", async () => {
  const bucket = await bucketAt((_request, response) => {
    response.writeHead(200, { etag: '"1"' });
    response.write("te");
    setImmediate(() => response.end("xt"));
  });
  expect((await bucket.get("a"))?.bytes.toString()).toBe("text");
});

it("waits for no more bytes of a body than for the first one, and does not ask again", async () => {
  let asked = 0;
  const bucket = await bucketAt(
    (_request, response) => {
      asked += 1;
      response.writeHead(200, object).write("te");
    },
    { timeouts: { connect: 2_000, idle: 200, total: 10_000 } },
  );
  await expect(bucket.get("a")).rejects.toThrow(StoreTimeout);
  expect(asked).toBe(1);
});

it("ends a body that trickles when the time of the whole is over", async () => {
  const bucket = await bucketAt(
    (_request, response) => {
      response.writeHead(200, { etag: '"1"', "content-length": "1000" });
      const timer = setInterval(() => response.write("x"), 20);
      response.once("close", () => clearInterval(timer));
    },
    { timeouts: { connect: 2_000, idle: 2_000, total: 400 } },
  );
  await expect(bucket.get("a")).rejects.toThrow(StoreTimeout);
});

it("tells what S3 says of an error, and that what is no error of S3 is none", async () => {
  const bodies = [error("AccessDenied", "you &amp; &#x3c;me&gt;"), "<html><Code>NoSuchKey</Code></html>"];
  const bucket = await bucketAt((_request, response) => response.writeHead(403).end(bodies.shift()));
  await expect(bucket.get("a")).rejects.toThrow("AccessDenied (403): you & <me>");
  await expect(bucket.get("a")).rejects.toThrow("an answer that is not S3's (403)");
});

it("takes a 304 for an answer only where something was compared", async () => {
  const bucket = await bucketAt((_request, response) => response.writeHead(304).end());
  expect(await bucket.getUnless("a", '"1"')).toBe("same");
  await expect(bucket.get("a")).rejects.toThrow(StoreUnavailable);
});

it("signs with the server's time once it was told that its own is wrong", async () => {
  const hour = 3_600_000;
  const bucket = await bucketAt((request, response) => {
    const signed = String(request.headers["x-amz-date"]).replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
    const now = Date.now() + hour;
    response.setHeader("date", new Date(now).toUTCString());
    if (Math.abs(Date.parse(signed) - now) < 60_000) response.writeHead(200, object).end("text");
    else response.writeHead(403).end(error("RequestTimeTooSkewed", "too far"));
  });
  await expect(bucket.get("a")).rejects.toThrow("this machine's clock is wrong");
  expect((await bucket.get("a"))?.bytes.toString()).toBe("text");
});
