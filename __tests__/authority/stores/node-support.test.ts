import { spawnSync } from "node:child_process";
import { repositoryRoot } from "../../../lib/root";

it("an S3 client says nothing of the Node version that it runs on, and hides no other warning", () => {
  const script = `const { s3Client, defaultTimeouts } = require("./bin/load.cjs").load("authority/stores/s3-client.ts");
    const place = { endpoint: "http://127.0.0.1:1", bucket: "b", region: "us-east-1", skipS3Checksum: false };
    s3Client(place, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" }, defaultTimeouts).destroy();
    process.emitWarning("something else");`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", script], {
    cwd: repositoryRoot,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
  expect({ status, lines: stderr.trim().split("\n") }).toEqual({
    status: 0,
    lines: [expect.stringContaining("Warning: something else"), expect.stringContaining("--trace-warnings")] as unknown,
  });
});
