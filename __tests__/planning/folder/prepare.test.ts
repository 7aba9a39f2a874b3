import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type StateContract } from "../../../lib/backend/contract";
import { type FolderInstance } from "../../../lib/config/folder-instances";
import { loadConfiguration } from "../../../lib/config/load";
import { erroredStateOf } from "../../../lib/engine/errored-state";
import { prepareFolder } from "../../../planning/folder/prepare";
import { organization, problemsOf, temporaryFolder } from "../../lib/config/support";

/** A folder of HCL for a run of its engine, and what keeps it from one. */

const contract: StateContract = {
  type: "s3",
  endpoint: "https://s3.example.org",
  bucket: "tofu-state",
  key: "prod/edge/terraform.tfstate",
  region: "us-east-1",
  useLockfile: true,
  skipS3Checksum: false,
};
const home = process.cwd();
let root: string;
const at = "overlay/stacks/edge";

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** The folder by its path as organization.yaml has it; commands are typed beside the configuration. */
function edge(path = `../${at}`): FolderInstance {
  write(
    "config/organization.yaml",
    organization(
      `state:\n  folders:\n    edge:\n      path: ${path}\n      environments: [dev]\n      var_files: [dev.tfvars]`,
    ),
  );
  const [stack] = loadConfiguration(join(root, "config")).folders;
  if (stack === undefined) throw new Error("no folder");
  return stack;
}

const prepared = () => prepareFolder(edge(), contract);

function refusal(path?: string) {
  try {
    prepareFolder(edge(path), contract);
    return [];
  } catch (error) {
    return problemsOf(join(root, "config"), error);
  }
}

beforeEach(() => {
  root = temporaryFolder();
  write(`${at}/main.tf`, "");
  write(`${at}/dev.tfvars`, "");
  write("overlay/.gitignore", "*.tfvars\n.terraform.lock.hcl\n");
  execFileSync("git", ["init", "--quiet", join(root, "overlay")]);
  mkdirSync(join(root, "work"));
  process.chdir(join(root, "work"));
});
afterEach(() => process.chdir(home));

it("has the backend in an override file of its own, the variables as options, and nothing new where the HCL is", () => {
  const { folder, planArguments, initArguments } = prepared();
  expect(folder).toBe("cdktf.out/folders/edge/stacks/edge");
  expect(JSON.parse(readFileSync(join(folder, "flywheel_override.tf.json"), "utf8"))).toMatchObject({
    terraform: { backend: { s3: { bucket: "tofu-state", key: "prod/edge/terraform.tfstate", use_lockfile: true } } },
  });
  expect(planArguments).toEqual([`-var-file=${join(root, at, "dev.tfvars")}`]);
  expect(initArguments).toEqual([]);
  expect(existsSync(join(root, at, "flywheel_override.tf.json"))).toBe(false);
});

it("honours a provider lock, also one that git ignores, and forgets one that went", () => {
  write(`${at}/.terraform.lock.hcl`, "# locked");
  const { folder, initArguments } = prepared();
  expect(initArguments).toEqual(["-lockfile=readonly"]);
  expect(readFileSync(join(folder, ".terraform.lock.hcl"), "utf8")).toBe("# locked");
  rmSync(join(root, at, ".terraform.lock.hcl"));
  expect(prepared().initArguments).toEqual([]);
  expect(existsSync(join(folder, ".terraform.lock.hcl"))).toBe(false);
});

it.each([
  ["folder-missing", "state.folders.edge.path", 8, () => renameSync(join(root, at), join(root, "gone"))],
  ["folder-not-in-git", "state.folders.edge.path", 8, () => rmSync(join(root, "overlay/.git"), { recursive: true })],
  ["var-file-missing", "state.folders.edge.var_files.0", 10, () => rmSync(join(root, at, "dev.tfvars"))],
  ["ignored-input", "state.folders.edge", 7, () => write(`${at}/terraform.tfvars`, "")],
  ["other-backend", "state.folders.edge", 7, () => write(`${at}/flywheel_override.tf.json`, "{}")],
])("%s is refused where it stands", (code, key, line, spoil) => {
  spoil();
  expect(refusal()).toMatchObject([{ code, file: "organization.yaml", line, key }]);
});

it("is found as seen from where the command is typed, too; where that is another folder, nobody guesses", () => {
  // From `work`, `../overlay` is the same folder. From a folder below it is not.
  mkdirSync(join(root, "work/below"));
  mkdirSync(join(root, "work/overlay/stacks/edge"), { recursive: true });
  process.chdir(join(root, "work/below"));
  expect(refusal()).toMatchObject([{ code: "folder-ambiguous", key: "state.folders.edge.path" }]);
});

it("finds a state that an engine could not save wherever it ran, and loses none when the folder moves", () => {
  const { folder } = prepared();
  writeFileSync(join(folder, "errored.tfstate"), "{}");
  expect(erroredStateOf(edge())).toBe(join(folder, "errored.tfstate"));
  renameSync(join(root, at), join(root, "overlay/stacks/border"));
  expect(refusal("../overlay/stacks/border")).toMatchObject([{ code: "errored-state-left" }]);
  expect(existsSync(join(folder, "errored.tfstate"))).toBe(true);
  rmSync(join(folder, "errored.tfstate"));
  write("overlay/stacks/border/errored.tfstate", "{}");
  expect(erroredStateOf(edge("../overlay/stacks/border"))).toBe(join(root, "overlay/stacks/border/errored.tfstate"));
});
