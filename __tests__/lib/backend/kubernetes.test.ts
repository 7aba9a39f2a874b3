import { join } from "node:path";
import { variablesOfFolder } from "../../../lib/backend/block-variables";
import { refuseForeignVariables } from "../../../lib/engine/environment";
import { problemsIn, temporaryFolder, writeFiles } from "../config/support";
import { codeOf } from "../../support/code-of";
import { authorityFolder } from "../../stacks/state-authority/configuration";
import { backendsOf, ledgerOf, refusalOf } from "./support";

/** The backend of the authority's own stack, and of no other. */

describe("the synthesized backend of state-authority", () => {
  it("is a Secret of its cluster, whatever the flag says", async () => {
    const backends = await backendsOf(authorityFolder());
    expect(backends["state-authority"]).toMatchSnapshot();
    expect(Object.keys(backends["arc-runners"] as object)).toEqual(["http"]);
  });

  it("names no file: which kubeconfig has the context differs from machine to machine", async () => {
    const folder = authorityFolder({ cluster: { kubeconfig: "~/canary-kubeconfig" } });
    expect(JSON.stringify((await backendsOf(folder))["state-authority"])).not.toContain("canary");
  });

  it("is where state.kubernetes says", async () => {
    const state = { kubernetes: { namespace: "{env}-ops", secret_suffix: "{stack}-of-{env}" } };
    expect((await backendsOf(authorityFolder({ state })))["state-authority"]).toMatchObject({
      kubernetes: { namespace: "dev-ops", secret_suffix: "state-authority-of-dev" },
    });
  });

  it("asks for no ledger entry, and stops at one that names another place", async () => {
    const files = ledgerOf({ "state-authority-dev": "kubernetes://elsewhere/tfstate-default-x" });
    const text = (files["state-ledger.yaml"] ?? "").replace("backend: http", "backend: kubernetes");
    const [problem] = await refusalOf(authorityFolder({ files: { "state-ledger.yaml": text } }));
    expect(problem).toMatchObject({
      code: "not-where-ledger-says",
      key: "state.kubernetes",
      remedy: expect.stringContaining("state.kubernetes.namespace: elsewhere, state.kubernetes.secret_suffix: x"),
    });
  });
});

describe("is refused", () => {
  it.each([
    ["authority-on-itself", { "state-authority": "s3" }, "state.stacks.state-authority"],
    ["authority-on-itself", { "state-authority": { dev: "http" } }, "state.stacks.state-authority.dev"],
    ["backend-of-authority", { "arc-runners": "kubernetes" }, "state.stacks.arc-runners"],
  ])("%s: %j", (code, stacks, key) => {
    expect(problemsIn(authorityFolder({ state: { stacks } }))).toMatchObject([{ code, key }]);
  });

  it("as the flag of everybody", () => {
    expect(problemsIn(authorityFolder({ state: { backend: "kubernetes" } }))).toMatchObject([{ key: "state.backend" }]);
  });

  it.each(["{stack}-1", "x".repeat(240)])("a suffix that the engines would not take: %s", async (secret_suffix) => {
    expect(await refusalOf(authorityFolder({ state: { kubernetes: { secret_suffix } } }))).toMatchObject([
      { code: "invalid-secret-suffix", key: "state.kubernetes.secret_suffix" },
    ]);
  });

  it.each(["KUBE_IN_CLUSTER_CONFIG", "KUBE_NAMESPACE", "KUBE_LOAD_CONFIG_FILE"])("a run with %s", async (name) => {
    const run = Promise.resolve().then(() => refuseForeignVariables({ [name]: "x" }));
    expect(await codeOf(run)).toBe("foreign-variable");
  });
});

describe("the engine's environment", () => {
  const synthesized = (kubeconfig: string) => {
    const document = {
      terraform: { backend: { kubernetes: { secret_suffix: "x" } } },
      variable: { k8s_config_path: { default: kubeconfig } },
    };
    return writeFiles(temporaryFolder(), { "cdk.tf.json": JSON.stringify(document) });
  };

  it.each([
    ["the configured kubeconfig", "~/k", {}, "/home/ann/k"],
    ["CI's own", "~/k", { TF_VAR_k8s_config_path: "/ci/k" }, "/ci/k"],
    ["the variable's, where nothing is configured", "", { KUBE_CONFIG_PATH: "/env/k" }, "/env/k"],
  ])("names %s", (_what, kubeconfig, more, expected) => {
    const seen = variablesOfFolder(synthesized(kubeconfig), { HOME: "/home/ann", ...more });
    expect(seen).toEqual({ KUBE_CONFIG_PATH: expected });
  });

  it("has nothing for another backend, and where there is no folder", () => {
    const document = { terraform: { backend: { http: {} } }, variable: { k8s_config_path: { default: "/k" } } };
    const folder = writeFiles(temporaryFolder(), { "cdk.tf.json": JSON.stringify(document) });
    expect(variablesOfFolder(folder, {})).toEqual({});
    expect(variablesOfFolder(join(folder, "none"), {})).toEqual({});
  });
});
