import { type Lab } from "./lab";
import {
  adopt,
  backup,
  convert,
  endpoint,
  firstDay,
  inClone,
  legacy,
  makeAgeKey,
  migrate,
  recipientOf,
  rotate,
  s3Servers,
  settled,
  today,
} from "./worlds";

/** Commands, or what only the lab can do. */
export type Deed = string | ((lab: Lab) => void | Promise<void>);

/** What a page's commands find. */
export interface Scene {
  /** What is there before the page's first command. */
  readonly world: (lab: Lab) => Promise<unknown>;
  /** Where the page's first command is typed, by its path from the home. Default: the home, or what the world says. */
  readonly folder?: string;
  /** What happens before the first command, in that world. */
  readonly before?: Deed;
  /** What happens before the first command under a heading: the incident that the section is about. */
  readonly at?: Readonly<Record<string, Deed>>;
}

/** Lets it happen in the lab's home. */
export async function happen(lab: Lab, deed: Deed | undefined): Promise<void> {
  if (typeof deed === "string") await lab.sh(await lab.here(deed));
  else await deed?.(lab);
}

const commit = "cd ~/acme-infra && (git diff --quiet || git commit --quiet --all --message page)";

/** A command that is killed while it works: after a move's fifth step has begun. */
function killed(command: string): string {
  return [
    "cd ~/acme-infra && { " + command + " > ~/../killed.log 2>&1 & pid=$!; }",
    "while kill -0 $pid && ! grep -q 'step 5 of 9' ~/../killed.log; do sleep 0.02; done",
    "kill -9 $pid; wait $pid || true",
  ].join("\n");
}

/** An apply whose store takes nothing more from the moment on at which the state is to be saved: nor can the lock be given back. */
async function notSaved(lab: Lab): Promise<void> {
  let isBroken = false;
  const mend = await lab.faulty(endpoint, ({ method, path }) => {
    isBroken ||= method === "PUT" && /\/attic\/terraform\.tfstate(\?|$)/.test(path);
    return isBroken && method !== "GET" ? { status: 403, body: "" } : "pass";
  });
  await lab.sh(
    "cd acme-infra && { TF_VAR_ghcr_token=ghp_another flywheel apply attic --auto-approve && exit 1 || true; }",
  );
  mend();
  lab.environment["TF_VAR_ghcr_token"] = "ghp_another";
}

/** Somebody's engine that was killed while it asked whether to apply: it had the lock. */
const heldLock = [
  "cd acme-infra && tofu -chdir=cdktf.out/stacks/attic init -input=false && rm -f ~/../asked && mkfifo ~/../asked",
  "TF_VAR_ghcr_token=ghp_another tofu -chdir=cdktf.out/stacks/attic apply < ~/../asked > ~/../apply.log 2>&1 & pid=$!",
  "exec 3> ~/../asked",
  "while kill -0 $pid && ! grep -q 'Enter a value' ~/../apply.log; do sleep 0.1; done",
  "kill -9 $pid; wait $pid || true",
].join("\n");

/** The lines that `flywheel destroy` names, at the end of organization.yaml, merged. */
const allowDestroy = [
  "cd acme-infra && { flywheel destroy attic --dry-run 2>&1 || true; } | sed -n '/^ *allow_destroy:/,/^ *Then again/p' | sed '$d; s/^    //' > ~/../lines",
  "cat ~/../lines >> config/organization.yaml && git commit --quiet --all --message 'attic may go'",
].join("\n");

/** A key that opens plan bundles, and its recipient in organization.yaml. */
const planRecipient = [
  makeAgeKey("~/plans.key"),
  `recipient=${recipientOf("~/plans.key")}`,
  'cd ~/acme-infra && printf "  plan: {recipients: [$recipient]}\\n" >> config/organization.yaml',
  "printf 'cdktf.out/\\n*.flyplan\\n*.receipt.json\\n' > .gitignore && git add . && git commit --quiet --message 'who opens plans'",
].join("\n");

/** A folder of HCL in a repository of its own, applied; organization.yaml names it. */
const folderOfHcl = [
  "mkdir -p overlay/tofu/stacks && cp -R flywheel/__tests__/docs/former/edge overlay/tofu/stacks/edge && cd overlay",
  "printf '.terraform*\\n!.terraform.lock.hcl\\n' > .gitignore && touch tofu/stacks/edge/prod.tfvars",
  "git init --quiet && git add . && git commit --quiet --message overlay && cd ~",
  `printf 'bucket = "tofu-state"\\nkey = "acme/edge/terraform.tfstate"\\nregion = "us-east-1"\\nendpoints = { s3 = "${endpoint}" }\\nuse_path_style = true\\n' > edge.hcl`,
  'for name in credentials_validation region_validation metadata_api_check requesting_account_id; do echo "skip_$name = true" >> edge.hcl; done',
  "printf '#!/bin/sh\\nexec tofu plan -var-file prod.tfvars\\n' > plan-edge && chmod +x plan-edge",
  "tofu -chdir=overlay/tofu/stacks/edge init -input=false -backend-config ~/edge.hcl",
  "tofu -chdir=overlay/tofu/stacks/edge apply -input=false -auto-approve",
  "cd acme-infra && sed -i 's|^    keys:|    keys:\\n      edge: {prod: acme/edge/terraform.tfstate}|' config/organization.yaml",
  "printf '  folders:\\n    edge:\\n      path: ../overlay/tofu/stacks/edge\\n      environments: [prod]\\n      var_files: [prod.tfvars]\\n' >> config/organization.yaml",
  "git commit --quiet --all --message 'edge: a folder of HCL'",
].join("\n");

/** From here on S3 answers NoSuchBucket, until the store is started anew. What kubectl would tell of it is made up. */
async function bucketGone(lab: Lab): Promise<void> {
  const body = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
  const mend = await lab.faulty(endpoint, () => ({
    status: 404,
    body,
    headers: { "content-type": "application/xml" },
  }));
  lab.insteadOf("kubectl reaches no cluster here", () => lab.sh("echo '(no cluster)' | tee cluster.txt > store.log"));
  lab.insteadOf("it restarts the store", async () => mend());
}

/** One backend file for each state, and no place in organization.yaml. */
const backendFiles = [
  "mkdir ~/backends && cd ~/flywheel && sed -i '/^  http:/,/address:/d' config/organization.yaml",
  "for file in config/environments/*/*.yaml; do stack=$(basename $file .yaml) env=$(basename $(dirname $file))",
  '  [ $stack = state-authority ] || echo "address = \\"https://state.example.org/$stack-$env\\"" > ~/backends/$stack-$env.hcl',
  "done",
].join("\n");

/** By page. A page that is here is run, whole and as written. */
export const scenes: Readonly<Record<string, Scene>> = {
  "README.md": { world: inClone },
  "docs/adopt.md": { world: adopt },
  "docs/backup.md": { world: backup },
  "docs/ci.md": { world: inClone },
  "docs/convert.md": { world: convert },
  "docs/cutover.md": {
    world: (lab) => settled(lab, { stack: "attic", on: "http" }),
    folder: "acme-infra",
    at: {
      "It was interrupted": killed("flywheel cutover attic --to s3"),
      "Or it is not wanted any more": `${commit} && ${killed("flywheel cutover attic --to http")}`,
      // An operator broke the seal with the server's own tools.
      "What a seal is": `${commit} && find ~/../../state-server -name '*.tflock' -exec rm -r {} +`,
      "When the old server may go": commit,
    },
  },
  "docs/bucket-index-gone.md": { world: (lab) => settled(lab, { stack: "attic" }), before: bucketGone },
  "docs/contract.md": {
    world: inClone,
    before: "cp ~/flywheel/examples/state-authority.yaml ~/flywheel/config/environments/dev/",
    at: { "Backend files: the way of today": backendFiles },
  },
  "docs/deploy.md": {
    world: (lab) => settled(lab, { stack: "attic" }),
    folder: "acme-infra",
    before: planRecipient,
  },
  "docs/environments.md": { world: (lab) => settled(lab), folder: "acme-infra" },
  "docs/errored-tfstate.md": {
    world: (lab) => settled(lab, { stack: "attic" }),
    folder: "acme-infra",
    before: notSaved,
  },
  "docs/first-day.md": { world: firstDay },
  "docs/folders.md": { world: (lab) => settled(lab), folder: "acme-infra", before: folderOfHcl },
  "docs/laptop.md": {
    world: async (lab) => {
      const server = await settled(lab);
      lab.hide(endpoint);
      lab.forward("127.0.0.1:19321", server.endpoint);
    },
  },
  "docs/migrate.md": { world: migrate },
  "docs/status.md": {
    world: (lab) => settled(lab, { stack: "attic" }),
    before: "flywheel freeze attic --why 'the store is moved'",
  },
  "docs/stuck-lock.md": {
    world: (lab) => settled(lab, { stack: "attic" }),
    folder: "acme-infra",
    before: heldLock,
    at: { "Where the lock's ID is": heldLock },
  },
  "docs/leaving.md": { world: (lab) => settled(lab) },
  "docs/leaving-gitlab.md": { world: legacy, folder: "acme-infra" },
  "docs/overlay.md": { world: inClone },
  "docs/replay.md": { world: (lab) => settled(lab), folder: "acme-infra" },
  "docs/simulation.md": { world: inClone },
  "docs/fault-runs.md": { world: inClone },
  "docs/trust.md": { world: (lab) => settled(lab, { stack: "attic" }) },
  "docs/upgrade.md": {
    world: inClone,
    // The recorded schema with an attribute more, in place of a newer provider's.
    before:
      "jq '.resource_schemas.helm_release.block.attributes |= (.take_ownership = .status)' ~/flywheel/planning/schemas/helm-2.17.0.json > ~/helm-2.18.0.json",
  },
  "docs/retire.md": {
    world: (lab) => settled(lab, { stack: "attic" }),
    folder: "acme-infra",
    at: { "What may go goes": allowDestroy },
  },
  "docs/restore-older-state.md": {
    world: (lab) => settled(lab),
    before: "cd acme-infra && TF_VAR_ghcr_token=ghp_another flywheel apply arc-runners --auto-approve",
  },
  "docs/rotate.md": { world: rotate },
  "docs/s3-servers.md": { world: s3Servers },
  "docs/secrets.md": { world: inClone },
  "docs/start.md": { world: today },
  "docs/users.md": { world: async (lab) => lab.clone() },
};
