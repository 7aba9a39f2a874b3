import { UserError, UsageError } from "../../lib/errors";

/** Nobody but its maker stands for this plan. `why` has a line for each thing that was looked at. */
export function notApproved(receiptFile: string, sha256: string, why: readonly string[]): UserError {
  return new UserError({
    code: "not-approved",
    file: receiptFile,
    what: `nobody has approved this plan: ${why.join("; ")}`,
    expected: "the signature or the comment of somebody who did not make it",
    remedy: `Somebody else, who has read it: flywheel approve ${receiptFile}\nOr a comment of its own on the pull request: /apply ${sha256}`,
  });
}

/** The signature does not stand for this receipt, whoever made it. */
export function signatureInvalid(file: string, why: string): UserError {
  return new UserError({
    code: "signature-invalid",
    file,
    what: `the signature does not hold: ${why}`,
    expected: "a signature over exactly this receipt, by a key that the main branch lists in allowed_signers",
    remedy:
      "Was the receipt made again after it was signed? Then it is approved again: flywheel approve NAME.receipt.json",
  });
}

/** Who made a plan does not approve it. */
export function signedByMaker(file: string, signer: string, maker: string): UserError {
  return new UserError({
    code: "signed-by-maker",
    file,
    what: `${signer} signs a plan that ${maker} made: that is one person`,
    expected: "a second person; names are compared up to the @",
    remedy: "Ask somebody else to run: flywheel approve NAME.receipt.json",
  });
}

/** There is no list of keys on the main branch. */
export function noAllowedSigners(file: string, branch: string): UserError {
  return new UserError({
    code: "no-allowed-signers",
    file,
    what: `the remote's ${branch} has no such file`,
    expected: 'a line for each who may approve: ann@example.org namespaces="flywheel-receipt,git" ssh-ed25519 AAAA...',
    remedy: "Add it by a reviewed pull request; docs/ci.md, Approval",
  });
}

/** What the main branch is cannot be told, so neither can who may approve. */
export function mainUnknown(folder: string, why: string): UserError {
  return new UserError({
    code: "main-unknown",
    file: folder,
    what: `the remote's main branch cannot be told: ${why}`,
    expected: "a repository whose remote `origin` answers: what is not known is no approval",
    remedy: "See what it says: git ls-remote --symref origin HEAD",
  });
}

/** ssh-keygen does not do it. */
export function cannotSign(why: string): UserError {
  return new UserError({
    code: "cannot-sign",
    what: `nothing was signed: ${why}`,
    expected: "a key that ssh-keygen can use, and OpenSSH 8.2 or newer",
    remedy:
      "Name the key: flywheel approve NAME.receipt.json --key ~/.ssh/id_ed25519. With an agent its public half will do",
  });
}

/** The receipt is of another bundle than the one beside it. */
export function otherBundle(receiptFile: string, bundleFile: string): UserError {
  return new UserError({
    code: "other-bundle",
    file: receiptFile,
    what: `this is not the receipt of ${bundleFile}: another sha256`,
    expected: "both as they were made together",
    remedy: "Get both again from where they were made, or plan again",
  });
}

/** The checkout is not what everybody has reviewed. */
export function notSignedMain(folder: string, why: string): UserError {
  return new UserError({
    code: "not-signed-main",
    file: folder,
    what: `${why}`,
    expected: "the newest commit of the remote's main branch, signed, and nothing changed",
    remedy:
      "git fetch origin, then check out the newest commit of main; `git verify-commit HEAD` says whether it is signed",
  });
}

/** Only a bundle has a receipt, and only a receipt can be approved. */
export function noReceipt(id: string): UserError {
  return new UserError({
    code: "not-approved",
    what: `a plan that is made and applied in one run is approved by nobody, and state.require has approval`,
    expected: "a bundle whose receipt somebody else approved",
    remedy: `flywheel plan ${id} --out ${id}.flyplan\nSomebody else: flywheel approve ${id}.receipt.json\nflywheel apply ${id}.flyplan`,
  });
}

/** What is named is no pull request. */
export function notAPullRequest(name: string): UsageError {
  return new UsageError({ code: "usage", what: `"${name}" is no pull request`, expected: "OWNER/NAME#NUMBER" });
}

/** GitHub is to be asked, without a token. */
export function noGitHubToken(): UsageError {
  return new UsageError({
    code: "usage",
    what: "GITHUB_TOKEN is not set",
    expected: "a token that reads the pull request",
  });
}
