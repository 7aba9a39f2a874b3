import { join } from "node:path";
import { resolveContracts } from "../../lib/backend/resolve";
import { location } from "../../lib/backend/contract";
import { loadConfiguration } from "../../lib/config/load";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { repositoryRoot } from "../../lib/root";
import { synthesize } from "../../stacks/synth";
import { type Stage } from "./stage";

/** Act 1, without an engine: every stack synthesized, and a flag that is flipped without a move, refused. */
export async function actOne(stage: Stage): Promise<void> {
  stage.act("Act 1: synth, and a flag flipped on purpose");
  const started = process.hrtime.bigint();
  const configuration = loadConfiguration(stage.configuration);
  const contracts = await resolveContracts(configuration, configuration.stacks, {});
  synthesize({ configuration, stacks: configuration.stacks, contracts, folder: join(stage.folder, "act-one") });
  const seconds = (Number(process.hrtime.bigint() - started) / 1e9).toFixed(2);
  stage.say(`${configuration.stacks.length} stacks synthesized in ${seconds} s, no network, no credential:`);
  for (const stack of configuration.stacks) {
    const contract = contracts.get(stack.id);
    stage.say(`  ${stack.id.padEnd(24)} ${contract === undefined ? "" : location(contract)}`);
  }

  const [first] = configuration.stacks;
  const contract = first === undefined ? undefined : contracts.get(first.id);
  if (first === undefined || contract === undefined) return;
  stage.say(
    `\nNow the ledger says where ${first.stateName} lives, and somebody flips the flag to s3 without moving it:`,
  );
  writeLedgerEntry(configuration.ledger.file, {
    stack: first.stack,
    environment: first.environment,
    backend: contract.type,
    location: location(contract),
    lineage: "7c1f3a52-0f0b-4c38-9d5e-demo",
    serial: 41,
    sha256: "new",
    at: "2026-04-16T09:12:00Z",
    generation: 1,
  });
  stage.setOrganization([
    [["state", "stacks"], { [first.stack]: { [first.environment]: "s3" } }],
    [["state", "s3"], { endpoint: "https://s3.honey.example.ts.net", bucket: "tofu-state" }],
  ]);
  const result = await stage.run(
    "cdktf synth    # what it runs: node bin/synth.cjs",
    process.execPath,
    [join(repositoryRoot, "bin", "synth.cjs")],
    { cwd: stage.folder },
  );
  stage.say(`exit code ${result.exitCode}: nothing was written, so nothing can plan against an empty state.`);
  stage.setOrganization([
    [["state", "stacks"], undefined],
    [["state", "s3"], undefined],
  ]);
}
