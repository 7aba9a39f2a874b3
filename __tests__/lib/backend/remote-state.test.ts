import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformLocal, TerraformOutput, TerraformStack } from "cdktf";
import { type StateContract } from "../../../lib/backend/contract";
import { producerState, StateBackend } from "../../../lib/backend/state-backend";
import { temporaryFolder } from "../config/support";

const http: StateContract = {
  type: "http",
  address: "https://h/state/a",
  lockAddress: "https://h/state/a/lock",
  unlockAddress: "https://h/state/a/lock",
  lockMethod: "POST",
  unlockMethod: "DELETE",
};
const s3: StateContract = {
  type: "s3",
  endpoint: "https://s3.example.org",
  bucket: "tofu-state",
  key: "dev/a/terraform.tfstate",
  region: "us-east-1",
  useLockfile: true,
  skipS3Checksum: false,
};

interface Synthesized {
  readonly terraform: { readonly backend: Readonly<Record<string, object>> };
  readonly data?: {
    readonly terraform_remote_state: Readonly<Record<string, { readonly backend: string; readonly config: object }>>;
  };
}

describe.each([
  ["http", http],
  ["s3", s3],
])("outputs of a stack whose state is on %s", (kind, contract) => {
  it("are read from where the producer says, whatever the reader's own backend is", () => {
    const read = [http, s3].map((own) => {
      const app = new App({ outdir: temporaryFolder() });
      const consumer = new TerraformStack(app, "consumer");
      new StateBackend(consumer, "state", { contract: own });
      const outputs = producerState(consumer, "attic", { contract });
      new TerraformOutput(consumer, "endpoint", { value: outputs.getString("endpoint") });
      return synthesized(app, consumer).data?.terraform_remote_state["attic"];
    });
    expect(read[0]).toMatchSnapshot();
    expect(read[1]).toEqual(read[0]);
  });

  it("are read the same way by cdktf's own reference across stacks", () => {
    const app = new App({ outdir: temporaryFolder() });
    const producer = new TerraformStack(app, "producer");
    new StateBackend(producer, "state", { contract });
    const consumer = new TerraformStack(app, "consumer");
    new StateBackend(consumer, "state", { contract: { ...http, address: "https://h/state/c" } });
    const local = new TerraformLocal(producer, "endpoint", "https://attic");
    new TerraformOutput(consumer, "endpoint", { value: local.asString });
    const [reference] = Object.values(synthesized(app, consumer).data?.terraform_remote_state ?? {});
    expect(reference?.config).toEqual(synthesized(app, producer).terraform.backend[kind]);
    if (kind === "s3") expect(reference?.config).toMatchObject({ use_lockfile: true, use_path_style: true });
  });
});

it("no backend and no reference holds a credential, whatever the environment says", () => {
  const words = JSON.stringify(
    [http, s3].map((contract) => {
      const app = new App({ outdir: temporaryFolder() });
      const stack = new TerraformStack(app, "stack");
      new StateBackend(stack, "state", { contract });
      producerState(stack, "attic", { contract });
      return synthesized(app, stack);
    }),
  );
  expect(words).not.toMatch(/password|username|access_key|secret_key|token|profile/);
});

function synthesized(app: App, stack: TerraformStack): Synthesized {
  app.synth();
  return JSON.parse(readFileSync(join(app.outdir, "stacks", stack.node.id, "cdk.tf.json"), "utf8")) as Synthesized;
}
