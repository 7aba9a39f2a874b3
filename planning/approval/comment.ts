import { type Comment, type GitHub } from "../github/github";
import { isSamePerson } from "./signature";

export interface CommentQuestion {
  readonly github: GitHub;
  readonly pullRequest: number;
  /** 64 hexadecimal digits, of the receipt's bytes. */
  readonly sha256: string;
  /** When the receipt was made. */
  readonly at: string;
  readonly makers: readonly string[];
}

/** Who approved by a comment; or why each comment that tried does not count. */
export type CommentAnswer = { readonly by: string } | { readonly refused: readonly string[] };

/**
 * Looks for a comment that is `/apply SHA256` and nothing else: by a person who may write to the repository and had no part in the plan,
 * newer than the receipt, never edited (who may write can edit what another one wrote). Its author is the pull request's no more than
 * the receipt's. @throws UserError where GitHub does not answer: that is no approval.
 */
export async function approvingComment(question: CommentQuestion): Promise<CommentAnswer> {
  const { github, pullRequest, sha256, makers } = question;
  const { author } = await github.pullRequest(pullRequest);
  const tries = (await github.comments(pullRequest)).filter(({ body }) => body.trim().startsWith("/apply"));
  const refused: string[] = [];
  for (const comment of tries) {
    const why = whyNot(comment, sha256, question.at, [author, ...makers]);
    if (why !== undefined) refused.push(`${comment.author}'s comment ${why}`);
    else if (!(await github.mayWrite(comment.author)))
      refused.push(`${comment.author} may not write to the repository`);
    else return { by: comment.author };
  }
  return { refused: refused.length > 0 ? refused : [`pull request ${pullRequest} has no comment /apply`] };
}

function whyNot(comment: Comment, sha256: string, at: string, makers: readonly string[]): string | undefined {
  if (comment.body.trim() !== `/apply ${sha256}`) return "is for another receipt, or says more than that";
  if (!comment.isPerson) return "is a program's";
  if (comment.createdAt !== comment.updatedAt) return "was edited, by its author or by somebody else";
  // GitHub counts whole seconds.
  if (!(Date.parse(comment.createdAt) >= Math.floor(Date.parse(at) / 1000) * 1000)) return "is older than the receipt";
  const maker = makers.find((one) => isSamePerson(one, comment.author));
  return maker === undefined ? undefined : `is of who made the plan or the pull request (${maker})`;
}
