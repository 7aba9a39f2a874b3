import { createHash } from "node:crypto";
import { encodedKey, S3Signer } from "../../../authority/stores/s3-signature";

/** The examples of AWS's own documentation of Signature Version 4 for S3. Real servers are asked in the conformance suites. */
const identity = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const at = new Date("2013-05-24T00:00:00Z");
const host = "examplebucket.s3.amazonaws.com";
const sumOf = (text: string) => createHash("sha256").update(text).digest("hex");
const signatureOf = (headers: Readonly<Record<string, string>>) =>
  /Signature=(\w+)$/.exec(headers["authorization"] ?? "")?.[1];

it.each([
  [
    "a GET of a range",
    { method: "GET", path: "/test.txt", query: {}, headers: { host, range: "bytes=0-9" }, body: "" },
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  ],
  [
    "a PUT",
    {
      method: "PUT",
      path: `/${encodedKey("test$file.text")}`,
      query: {},
      headers: { host, date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      body: "Welcome to Amazon S3.",
    },
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  ],
  [
    "a query",
    { method: "GET", path: "/", query: { prefix: "J", "max-keys": "2" }, headers: { host }, body: "" },
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  ],
])("signs %s", (_name, { body, ...request }, expected) => {
  const signer = new S3Signer("us-east-1");
  // Once more with the key of the day that is known by then.
  for (let time = 0; time < 2; time += 1)
    expect(signatureOf(signer.sign(identity, { ...request, payload: sumOf(body), at }))).toBe(expected);
});

it("signs with another key on another day, and for another identity", () => {
  const request = { method: "GET", path: "/", query: {}, headers: { host }, payload: sumOf("") };
  const fresh = (who: typeof identity, when: Date) => new S3Signer("us-east-1").sign(who, { ...request, at: when });
  const signer = new S3Signer("us-east-1");
  const other = { ...identity, secretAccessKey: "another" };
  const tomorrow = new Date(at.getTime() + 86_400_000);
  for (const [who, when] of [
    [identity, at],
    [identity, tomorrow],
    [other, tomorrow],
  ] as const)
    expect(signer.sign(who, { ...request, at: when })).toEqual(fresh(who, when));
});

it("sends and signs the token of a session", () => {
  const signed = new S3Signer("us-east-1").sign(
    { ...identity, sessionToken: "token" },
    { method: "GET", path: "/", query: {}, headers: { host }, payload: sumOf(""), at },
  );
  expect(signed["x-amz-security-token"]).toBe("token");
  expect(signed["authorization"]).toContain("x-amz-date;x-amz-security-token,");
});
