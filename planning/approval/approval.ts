import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../lib/errors";
import { sha256 } from "../../lib/sha256";
import { type Receipt } from "../bundle/receipt";
import { GitHub, gitHubApi } from "../github/github";
import { approvingComment } from "./comment";
import { noAllowedSigners, notApproved, notAPullRequest, noGitHubToken } from "./refusals";
import { fileOnMain, type RemoteMain, remoteMain } from "./remote-main";
import { signatureFileOf, signers } from "./signature";

/** In the configuration's folder: who may approve, by the keys of ssh. */
const allowedSignersFile = "allowed_signers";

export interface ApprovalQuestion {
  readonly receiptFile: string;
  /** What readReceipt returned. */
  readonly receipt: Receipt;
  readonly bytes: Buffer;
  /** The folder with the configuration, in the repository whose main branch decides. */
  readonly configuration: string;
  /** `OWNER/NAME#7`, whose comments count as well; GITHUB_TOKEN reads them. @default none */
  readonly pullRequest?: string;
  /** Who else had a part in making the plan: a run's actor, as GitHub knows them. @default nobody */
  readonly makers?: readonly string[];
}

export interface Approval {
  readonly by: readonly string[];
  readonly how: "signature" | "comment";
}

/**
 * Who approved this receipt. The list of who may is the main branch's, as its remote has it now, never this checkout's.
 * @throws UserError `not-approved`, with what was looked at; `signature-invalid`, `signed-by-maker`, `main-unknown`.
 */
export async function approvalOf(question: ApprovalQuestion): Promise<Approval> {
  const { receiptFile, receipt, bytes, pullRequest } = question;
  const makers = [receipt.who, ...(receipt.makers ?? []), ...(question.makers ?? [])];
  const signatureFile = signatureFileOf(receiptFile);
  let failure: unknown;
  const refused: string[] = [];
  if (existsSync(signatureFile)) {
    try {
      const { text } = allowedSigners(question.configuration);
      const signature = readFileSync(signatureFile, "utf8");
      const by = await signers({ source: signatureFile, signature, bytes, makers, allowedSigners: text });
      return { by, how: "signature" };
    } catch (error) {
      if (!(error instanceof UserError) || pullRequest === undefined) throw error;
      failure = error;
    }
  } else refused.push(`there is no ${signatureFile}`);
  const digest = sha256(bytes);
  if (pullRequest === undefined) throw notApproved(receiptFile, digest, refused);
  const { github, number } = pullRequestOf(pullRequest, process.env);
  const answer = await approvingComment({ github, pullRequest: number, sha256: digest, at: receipt.at, makers });
  if ("by" in answer) return { by: [answer.by], how: "comment" };
  if (failure !== undefined) throw failure;
  throw notApproved(receiptFile, digest, [...refused, ...answer.refused]);
}

/** The main branch's list of keys. @throws UserError `no-allowed-signers`, `main-unknown`. */
export function allowedSigners(configuration: string): { readonly main: RemoteMain; readonly text: string } {
  const main = remoteMain(configuration);
  const text = fileOnMain(main, allowedSignersFile);
  if (text === undefined) throw noAllowedSigners(allowedSignersFile, main.branch);
  return { main, text };
}

function pullRequestOf(name: string, environment: NodeJS.ProcessEnv): { github: GitHub; number: number } {
  const [, repository = "", number] = /^([\w.-]+\/[\w.-]+)#([1-9]\d*)$/.exec(name) ?? [];
  if (number === undefined) throw notAPullRequest(name);
  const token = environment["GITHUB_TOKEN"];
  if (!token) throw noGitHubToken();
  return {
    github: new GitHub(gitHubApi(environment), repository, token),
    number: Number(number),
  };
}
