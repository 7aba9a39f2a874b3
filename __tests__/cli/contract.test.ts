import { tmpdir } from "node:os";
import { configurationWith, contract, hashOf } from "../support/configuration";

const http = 'state: {http: {address: "https://state.example.org/{stack}-{env}"}}';
const canary = "c4n4ry-51f7";
const secrets = {
  TF_HTTP_USERNAME: `${canary}-user`,
  TF_HTTP_PASSWORD: canary,
  AWS_ACCESS_KEY_ID: canary,
  AWS_SECRET_ACCESS_KEY: canary,
  TF_VAR_nix_runner_token: canary,
  FLYWHEEL_SECRET_ARC_RUNNERS__ghcr_token: canary,
};

test("prints every state with its place and its lock, and one hash", () => {
  const { code, stdout } = contract(configurationWith(http));
  expect(code).toBe(0);
  expect(stdout).toContain(
    "gitlab-runners-dev  http     https://state.example.org/gitlab-runners-dev  POST https://state.example.org/gitlab-runners-dev/lock",
  );
  expect(stdout).toMatch(/\ncontract sha256:[0-9a-f]{64}\n$/);
});

test("text, JSON, and --expect agree, from any working directory", () => {
  const folder = configurationWith(http);
  const hash = hashOf(contract(folder));
  const json: unknown = JSON.parse(contract(folder, ["--json"], {}, tmpdir()).stdout);
  expect(json).toMatchObject({ hash, contract: { version: 1 } });
  expect(contract(folder, ["--expect", hash]).code).toBe(0);
  expect(contract(folder, ["--expect", hash.replace("sha256:", "").toUpperCase()]).code).toBe(0);
});

test("one stack has a hash of its own", () => {
  const folder = configurationWith(http);
  expect(hashOf(contract(folder, ["arc-runners-prod"]))).not.toBe(hashOf(contract(folder)));
});

test("another contract stops the job with one sentence that names both", () => {
  const folder = configurationWith(http);
  const other = `sha256:${"0".repeat(64)}`;
  const { code, stdout, stderr } = contract(folder, ["--expect", other]);
  expect(code).toBe(1);
  expect(stderr.split("\n")[0]).toBe(
    `the init contract here is ${hashOf({ code, stdout, stderr })}, and ${other} was expected`,
  );
  const refused = contract(folder, ["--expect", other, "--json"]);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, problems: [{ code: "other-contract" }] });
});

test.each(["", "sha256:", "main", "0".repeat(63)])("--expect %j is wrong use, never a pass", (expected) => {
  expect(contract(configurationWith(http), ["--expect", expected]).code).toBe(2);
});

test("credentials never stand in it, and change nothing about it", () => {
  const folder = configurationWith(http);
  for (const args of [[], ["--json"]]) {
    const { stdout, stderr } = contract(folder, args, secrets);
    expect(`${stdout}${stderr}`).not.toContain(canary);
    expect(stdout).toBe(contract(folder, args).stdout);
  }
});

test("an address that holds a password is refused, wherever it comes from, and not repeated", () => {
  const inFile = configurationWith(`state: {http: {address: "https://ann:${canary}@state.example.org/{stack}-{env}"}}`);
  const single = configurationWith("");
  for (const run of [
    contract(inFile),
    contract(single, ["arc-runners"], { TF_HTTP_ADDRESS: `https://ann:${canary}@state.example.org/x` }),
  ]) {
    expect(run.code).toBe(1);
    expect(`${run.stdout}${run.stderr}`).not.toContain(canary);
  }
});

test("an address from today's variables makes the contract that the same address in organization.yaml makes", () => {
  const fromVariable = contract(configurationWith(""), ["arc-runners"], {
    TF_HTTP_ADDRESS: "https://state.example.org/arc-runners-dev",
  });
  expect(hashOf(fromVariable)).toBe(hashOf(contract(configurationWith(http), ["arc-runners"])));
});

test("s3: place, lock file and endpoint", () => {
  const ledger =
    'states:\n  - {stack: arc-runners, environment: dev, backend: s3, location: "s3://tofu-state/dev/arc-runners/terraform.tfstate", lineage: new, serial: 0, sha256: new, at: "2026-04-16T09:12:00Z", generation: 1}\n';
  const state = "state: {backend: s3, s3: {endpoint: 'https://s3.example.org', bucket: tofu-state}}";
  const run = contract(configurationWith(state, { "state-ledger.yaml": ledger }), ["arc-runners"], secrets);
  expect(run.stderr).toBe("");
  expect(run.stdout).toContain(
    "s3://tofu-state/dev/arc-runners/terraform.tfstate  dev/arc-runners/terraform.tfstate.tflock at https://s3.example.org",
  );
  expect(run.stdout).not.toContain(canary);
});

test("what synth refuses has no contract", () => {
  const { code, stderr } = contract(
    configurationWith("state: {backend: s3, s3: {endpoint: 'https://s3.example.org', bucket: tofu-state}}"),
  );
  expect(code).toBe(1);
  expect(stderr).toContain("no entry for arc-runners-dev");
});
