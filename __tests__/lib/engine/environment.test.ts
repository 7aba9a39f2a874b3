import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanDataFolder } from "../../../lib/engine/data-folder";
import { refuseForeignVariables, stackEnvironment } from "../../../lib/engine/environment";

const folder = mkdtempSync(join(tmpdir(), "flywheel-environment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what decides behind a check", () => {
  it.each([
    "TF_WORKSPACE",
    "TF_CLI_ARGS",
    "TF_CLI_ARGS_init",
    "TF_CLI_ARGS_plan",
    "TF_HTTP_SKIP_CERT_VERIFICATION",
    "TF_REATTACH_PROVIDERS",
    "TF_ENCRYPTION",
    "TF_STATE_PERSIST_INTERVAL",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_S3_ENDPOINT",
    "AWS_SSE_CUSTOMER_KEY",
    "HELM_DRIVER",
  ])("%s is refused by name, without its value, and never reaches the engine", (name) => {
    const environment = { [name]: "c4n4ry" };
    expect(() => refuseForeignVariables(environment)).toThrow(
      expect.objectContaining({
        message: expect.not.stringContaining("c4n4ry"),
        problems: [expect.objectContaining({ code: "foreign-variable", key: name, remedy: `unset ${name}` })],
      }),
    );
    expect(Object.values(stackEnvironment("attic", environment))).not.toContain("c4n4ry");
  });

  it("all of them are named at once", () => {
    expect(() => refuseForeignVariables({ TF_WORKSPACE: "w", TF_CLI_ARGS_plan: "-destroy" })).toThrow(
      expect.objectContaining({ problems: [expect.anything(), expect.anything()] }),
    );
  });

  it("providers may be attached by a replay, and it says so", () => {
    const environment = { TF_REATTACH_PROVIDERS: "{}", FLYWHEEL_REPLAY: "1" };
    expect(() => refuseForeignVariables(environment)).not.toThrow();
    expect(stackEnvironment("attic", environment)).toMatchObject(environment);
  });
});

it("what only feeds synth, or is ours to set, is never passed on", () => {
  const names = [
    "TF_HTTP_ADDRESS",
    "TF_HTTP_LOCK_ADDRESS",
    "TF_HTTP_UNLOCK_METHOD",
    "TF_HTTP_LEGACY_PASSWORD",
    "TF_DATA_DIR",
    "TOFU_BACKEND_CONFIG_DIR",
  ];
  const environment = Object.fromEntries(names.map((name) => [name, "x"]));
  expect(() => refuseForeignVariables(environment)).not.toThrow();
  expect(stackEnvironment("attic", environment)).toEqual({ TF_WORKSPACE: "default" });
});

it("credentials, client certificates, variables and registry tokens pass", () => {
  const environment = {
    TF_HTTP_USERNAME: "a",
    TF_HTTP_PASSWORD: "b",
    TF_HTTP_CLIENT_CERTIFICATE_PEM: "c",
    TF_VAR_k8s_config_path: "d",
    TF_TOKEN_registry_example_org: "e",
    AWS_PROFILE: "f",
    AWS_REGION: "g",
    TF_WORKSPACE: "default",
  };
  expect(() => refuseForeignVariables(environment)).not.toThrow();
  expect(stackEnvironment("attic", environment)).toEqual(environment);
});

it("files are seen from where the operator typed; a configuration that is not there is left out", () => {
  writeFileSync(join(folder, "cli.tfrc"), "");
  writeFileSync(join(folder, "ca.pem"), "");
  const seen = (environment: NodeJS.ProcessEnv) => stackEnvironment("attic", environment, folder);
  expect(seen({ TF_CLI_CONFIG_FILE: "cli.tfrc" })["TF_CLI_CONFIG_FILE"]).toBe(join(folder, "cli.tfrc"));
  expect(seen({ TF_CLI_CONFIG_FILE: "absent.tfrc" })).not.toHaveProperty("TF_CLI_CONFIG_FILE");
  expect(seen({ NODE_EXTRA_CA_CERTS: "ca.pem" })["SSL_CERT_FILE"]).toBe(join(folder, "ca.pem"));
  expect(seen({ AWS_CA_BUNDLE: "ca.pem" })["SSL_CERT_FILE"]).toBe(join(folder, "ca.pem"));
});

it("init begins anew: backend and workspace are forgotten, providers and what could not be saved stay", () => {
  const data = join(folder, "stack", ".terraform");
  mkdirSync(join(data, "providers", "registry"), { recursive: true });
  for (const name of ["environment", "terraform.tfstate", "errored.tfstate"]) writeFileSync(join(data, name), "x");
  cleanDataFolder(join(folder, "stack"));
  const names = ["environment", "terraform.tfstate", "errored.tfstate", "providers/registry"];
  expect(names.filter((name) => existsSync(join(data, name)))).toEqual(["errored.tfstate", "providers/registry"]);
});
