import { selectPrograms, selectStacks } from "../../../lib/config/select";
import { everyStack, loadConfiguration } from "../../../lib/config/load";
import { resolveContracts } from "../../../lib/backend/resolve";
import { configFolder, organization, problemsOf } from "./support";

/** `state.folders`: folders of HCL as stacks, by configuration alone. */

const file = "organization.yaml";
const http = "  http: {address: 'https://state.example.org/state/{stack}-{env}'}";

const withFolders = (...lines: readonly string[]) =>
  configFolder({
    [file]: organization(["state:", http, "  folders:", ...lines.map((line) => `    ${line}`)].join("\n")),
    "environments/dev/arc-runners.yaml": "github_config_url: https://github.com/acme\n",
  });

function refusalOf(...lines: readonly string[]) {
  const folder = withFolders(...lines);
  try {
    loadConfiguration(folder);
    return [];
  } catch (error) {
    return problemsOf(folder, error);
  }
}

it("is a stack in each of its environments, with the ids, state names and places of all stacks", async () => {
  const configuration = loadConfiguration(
    withFolders("edge: {path: '../overlay/{env}', environments: [prod, dev], var_files: ['{env}.tfvars']}"),
  );
  expect(configuration.folders).toMatchObject([
    { id: "edge", stateName: "edge-dev", folder: { path: "../overlay/dev", varFiles: ["dev.tfvars"] } },
    { id: "edge-prod", stateName: "edge-prod", folder: { path: "../overlay/prod", varFiles: ["prod.tfvars"] } },
  ]);
  const contracts = await resolveContracts(configuration, everyStack(configuration), {});
  expect(contracts.get("edge-prod")).toMatchObject({ address: "https://state.example.org/state/edge-prod" });
  expect(selectStacks(configuration, ["edge-dev"]).map(({ id }) => id)).toEqual(["edge"]);
});

it("is no stack of the program: what is asked of all of those leaves it out, and asked for it is refused", () => {
  const configuration = loadConfiguration(withFolders("edge: {path: x, environments: [dev]}"));
  expect(selectPrograms(configuration, [], "preview").map(({ id }) => id)).toEqual(["arc-runners"]);
  expect(() => selectPrograms(configuration, ["arc-runners", "edge"], "preview")).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ code: "folder-of-hcl", line: 8 })] }),
  );
});

it.each([
  ["double-stack", "state.folders.attic", 8, ["attic: {path: x, environments: [dev]}"]],
  // `attic` in prod has that id.
  ["double-stack", "state.folders.attic-prod", 8, ["attic-prod: {path: x, environments: [dev]}"]],
  ["invalid-setting", "state.folders.Edge", 8, ["Edge: {path: x, environments: [dev]}"]],
  ["unknown-environment", "state.folders.edge.environments.1", 8, ["edge: {path: x, environments: [dev, stage]}"]],
  ["double-environment", "state.folders.edge.environments.1", 8, ["edge: {path: x, environments: [dev, dev]}"]],
  ["missing-setting", "state.folders.edge.path", 8, ["edge: {environments: [dev]}"]],
  ["unknown-setting", "state.folders.edge.var_file", 8, ["edge: {path: x, environments: [dev], var_file: y}"]],
])("%s at %s", (code, key, line, lines) => {
  expect(refusalOf(...lines)).toMatchObject([{ code, file, line, key }]);
});

it("has no part in what is synthesized: allow_destroy and release name stacks of the program", () => {
  const folder = configFolder({
    [file]: organization(
      [
        "state:",
        http,
        "  folders: {edge: {path: x, environments: [dev]}}",
        "  release: {edge: [terraform_data.x]}",
      ].join("\n"),
    ),
  });
  expect(() => loadConfiguration(folder)).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ code: "unknown-stack", key: "state.release.edge" })],
    }),
  );
});
