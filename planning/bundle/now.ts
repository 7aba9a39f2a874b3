import { join } from "node:path";
import { clusterUid } from "../../authority/cluster/identity";
import { readAccess } from "../../authority/cluster/kubeconfig";
import { type BesideState } from "../../authority/lease/beside-state";
import { openStateStore } from "../../authority/state/open-state-store";
import { contractDocument, contractHash } from "../../lib/backend/contract-document";
import { location } from "../../lib/backend/contract";
import { planRecipients } from "../../lib/config/plan";
import { engineVersion } from "../../lib/engine/version";
import { sha256 } from "../../lib/sha256";
import { kubeconfigFile } from "./kubeconfig";
import { type Receipt } from "./receipt";
import { fileIn, lockFile, type Session } from "./session";
import { configurationTree, programTree } from "./trees";

/** What a receipt says of the world that its plan was made in: all that may move until it is applied. */
export type Standing = Pick<
  Receipt,
  | "id"
  | "recipients"
  | "program"
  | "configuration"
  | "contract"
  | "place"
  | "state"
  | "generation"
  | "engine"
  | "providers"
  | "cluster"
  | "synthesized"
>;

/**
 * What all of that is now, on this machine. `locked` is the provider lock that counts, where it is not the one in the run's folder.
 * @throws UserError where one of it cannot be told.
 */
export async function standingNow(session: Session, beside: BesideState, locked?: Buffer): Promise<Standing> {
  const { configuration, stack, contract, runner, synthesized } = session;
  const providers = locked ?? fileIn(runner, lockFile);
  const { context, uid } = stack.cluster;
  return {
    id: stack.id,
    recipients: [...planRecipients(configuration.organization.state.plan, stack.environment)],
    program: programTree(),
    configuration: configurationTree(configuration.folder),
    contract: contractHash(contractDocument([stack], new Map([[stack.id, contract]]))),
    place: { backend: contract.type, location: location(contract) },
    state: await stateNow(session),
    generation: (await beside.generation())?.generation ?? 0,
    engine: await engineVersion(runner.engine, runner.folder, runner.env),
    providers: providers === undefined ? null : sha256(providers),
    cluster: {
      context,
      uid:
        uid === undefined
          ? null
          : await clusterUid(readAccess(join(runner.folder, kubeconfigFile), context), runner.env),
    },
    synthesized: sha256(synthesized),
  };
}

/** Lineage and serial of the live state; null where there is none. */
export async function stateNow({ contract, configuration }: Session): Promise<Receipt["state"]> {
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  try {
    const state = await place.read();
    return state === undefined ? null : { lineage: state.lineage, serial: state.serial };
  } finally {
    place.close();
  }
}
