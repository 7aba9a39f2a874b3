import { openStateStore } from "../../authority/state/open-state-store";
import { configuredS3Store } from "../../authority/stores/configured-store";
import { type S3Store } from "../../authority/stores/s3";
import { findContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, everyStack } from "../../lib/config/load";
import { forTerminal } from "../../lib/text/terminal";
import { ask } from "../ask";
import { nobodyToAsk, noIdentityGiven } from "../refusals";
import { note, print, printJson } from "../terminal";
import { roadVariable } from "../tunnel/road";
import { roadToOtherBucket } from "./refusals";

interface RegisterAuthorityOptions {
  readonly yes?: true;
  readonly json?: true;
}

/**
 * `flywheel register --authority`: gives the bucket of `state.s3` its identity, once, and says what to write into organization.yaml. On a
 * road of `flywheel tunnel` the name says nothing of what is at its end: what is found there is shown, and asked about, before it is written.
 * @throws UserError where the bucket is not reached, where a road ends at another bucket than the known one, or the answer is not "yes".
 */
export async function registerAuthority(options: RegisterAuthorityOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const road = process.env[roadVariable];
  const known = configuration.organization.state.s3?.authority;
  const store = configuredS3Store(configuration, process.env);
  try {
    if (road !== undefined) await lookDown(road, { configuration, store, known, isAgreed: options.yes === true });
    const { authority, isNew } = await store.giveIdentity();
    if (options.json === true) return printJson({ ok: true, authority, isNew });
    print(`${store.description} ${isNew ? "has an identity now" : "had an identity already"}: ${authority}`);
    if (known !== authority)
      print(
        `In ${configuration.organization.source.file}, so that no other bucket is ever taken for it:\n  state:\n    s3:\n      authority: ${authority}`,
      );
  } finally {
    store.close();
  }
}

interface Look {
  readonly configuration: Configuration;
  readonly store: S3Store;
  readonly known: string | undefined;
  readonly isAgreed: boolean;
}

async function lookDown(road: string, { configuration, store, known, isAgreed }: Look): Promise<void> {
  const found = await store.identity();
  note(
    `by ${forTerminal(road)}: ${store.description}, ${found === undefined ? "without an identity" : `identity ${forTerminal(found)}`}`,
  );
  if (known !== undefined && found !== known) throw roadToOtherBucket(store.description, found, known);
  if (found !== undefined) return;
  for (const line of await statesThere(configuration)) note(`  ${line}`);
  if (isAgreed) return;
  if (!process.stdin.isTTY) throw nobodyToAsk("--yes where these are the states that you know");
  if ((await ask(`Give this bucket an identity? Only "yes" does: `)) !== "yes")
    throw noIdentityGiven(store.description);
}

/** A line for each stack whose state belongs into the bucket: what is there. */
async function statesThere(configuration: Configuration): Promise<readonly string[]> {
  const { contracts } = await findContracts(configuration, everyStack(configuration), process.env);
  const lines: string[] = [];
  for (const { id, stateName } of everyStack(configuration)) {
    const contract = contracts.get(id);
    if (contract?.type !== "s3") continue;
    const place = openStateStore(contract, process.env);
    try {
      const state = await place.read();
      lines.push(
        state === undefined
          ? `${stateName}: nothing at ${place.location}`
          : `${stateName}: serial ${state.serial}, lineage ${forTerminal(state.lineage)}, at ${place.location}`,
      );
    } finally {
      place.close();
    }
  }
  return lines.length === 0 ? ["no stack's state is to be in it"] : lines;
}
