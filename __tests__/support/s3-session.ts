import { type S3Server } from "../../lab/s3/s3-server";

/** Credentials for a MinIO that allow these actions and no other, for everything in it, by its AssumeRole. */
export async function sessionFor(server: S3Server, actions: readonly string[]): Promise<Record<string, string>> {
  const statement = { Effect: "Allow", Action: actions, Resource: ["arn:aws:s3:::*"] };
  const body = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
  }).toString();
  const { hostname, host, port } = new URL(server.endpoint);
  const client = server.client();
  const signer = await client.config.signer({
    name: "sigv4",
    signingName: "sts",
    signingRegion: server.region,
    properties: {},
  });
  const headers = { host, "content-type": "application/x-www-form-urlencoded" };
  const signed = await signer.sign(
    { method: "POST", protocol: "http:", hostname, port: Number(port), path: "/", query: {}, headers, body },
    { signingService: "sts" },
  );
  client.destroy();
  const answer = await fetch(server.endpoint, { method: "POST", headers: signed.headers, body });
  const text = await answer.text();
  const read = (name: string) => {
    const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
    if (value === undefined) throw new Error(`${answer.status}: ${text}`);
    return value;
  };
  return {
    AWS_ACCESS_KEY_ID: read("AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: read("SecretAccessKey"),
    AWS_SESSION_TOKEN: read("SessionToken"),
  };
}
