import { spawnSync } from "node:child_process";
import { repositoryRoot } from "../../lib/root";
import { fileSurfaces, helpSurfaces } from "./surfaces";
import { lessonsIn } from "./teaching";

const files = fileSurfaces();
const helps = helpSurfaces();

test("the surfaces are all there", () => {
  const names = [...files, ...helps].map(({ name }) => name);
  for (const name of [
    "README.md",
    "Makefile",
    "docs/replay.md",
    "docs/ci.md",
    "docs/overlay.md",
    ".github/workflows/synth-and-plan.yml",
    "examples/overlay/config/organization.yaml",
    "config/organization.yaml",
    "config/backend.http.example.hcl",
    "flywheel --help",
    "flywheel preview --help",
    "flywheel contract --help",
    "flywheel register --help",
    "make help",
  ]) {
    expect(names).toContain(name);
  }
});

test.each([...files, ...helps].map(({ name, text }) => [name, text] as const))(
  "%s teaches neither state on GitLab nor a variable file",
  (_name, text) => {
    expect(lessonsIn(text)).toEqual([]);
  },
);

// A test that can't fail proves nothing: each of these was normal once.
test.each([
  ["an address in words", "Set the address to https://gitlab.example.org/api/v4/projects/1/terraform/state/attic."],
  ["a variable", '    export TF_HTTP_ADDRESS="${CI_API_V4_URL}/projects/1/terraform/state/attic"'],
  ["a backend file", 'address = "https://gitlab.example.org/state/attic"'],
  ["a setting", "    address: https://gitlab.example.org/state/{stack}-{env}"],
  ["the job's token", "TF_HTTP_PASSWORD=$CI_JOB_TOKEN"],
  ["the wrapper", "Run gitlab-terraform plan."],
  ["a sentence", "State lives in GitLab, one project for all stacks."],
  ["a sentence, turned", "We use GitLab-managed Terraform state."],
  ["a sentence over two lines", "For all stacks the state is\n  in GitLab."],
  ["a variable file", "Copy attic.tfvars.example to attic.tfvars and fill it in."],
  ["a variable file in a command", "    tofu plan -var-file=attic.tfvars"],
  ["a variable file in a legacy's command", "The legacy way:\n\n    tofu plan -var-file=attic.tfvars"],
  ["a legacy on another part of the page", "GitLab is legacy.\n\nState lives in GitLab."],
  [
    "a command under a word of leaving",
    "The legacy:\n\n    TF_HTTP_ADDRESS=https://gitlab.example.org/api/v4/projects/1/terraform/state/x tofu init",
  ],
])("%s is found", (_what, text) => {
  expect(lessonsIn(text).length).toBeGreaterThan(0);
});

test.each([
  [
    "the place to leave",
    "  legacy: {gitlab: {address: https://gitlab.example.org/api/v4/projects/1/terraform/state/{stack}-{env}}}",
  ],
  ["leaving it", "    flywheel cutover attic --to s3 --from legacy.gitlab"],
  ["a sentence about leaving", "Legacy GitLab state stays reachable by name until it is moved: flywheel cutover."],
  ["files of former days", "The settings have the names of the former .tfvars files; none is needed."],
  [
    "runners",
    "GitLab runners keep no state. The gitlab-runners stack deploys them; `state: http .../gitlab-runners-dev`.",
  ],
  ["an address of ours for the runners' stack", "address: https://state.example.org/state/{stack}-{env}"],
  ["its own state", "state: https://state.honey.example.ts.net/state/gitlab-runners-dev/lock"],
])("%s is not", (_what, text) => {
  expect(lessonsIn(text)).toEqual([]);
});

it("no text shows a form that could fetch a stranger's package", () => {
  // git grep exits with 1 where nothing matches.
  const { status, stdout } = spawnSync("git", ["grep", "-lE", "n[p]x (--yes )?flywheel"], {
    encoding: "utf8",
    cwd: repositoryRoot,
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});
