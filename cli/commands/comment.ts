import { readFileSync } from "node:fs";
import { configurationFolder } from "../../lib/config/load";
import { previewComment, readChangedFiles, shortestComment } from "../../planning/difference/comment";
import { longestComment } from "../../planning/difference/markdown";
import { maxOutOfRange, unreadable } from "./refusals";

interface CommentCommandOptions {
  readonly markdown: string;
  readonly changedFiles: string;
  readonly baseRef: string;
  readonly max?: string;
}

/** `flywheel comment`: prints the final comment; what goes wrong prints nothing. */
export function commentCommand(options: CommentCommandOptions): void {
  const max = Number(options.max ?? longestComment);
  if (!Number.isInteger(max) || max < shortestComment || max > longestComment) {
    throw maxOutOfRange(options.max, [shortestComment, longestComment]);
  }
  process.stdout.write(
    previewComment({
      markdown: read(options.markdown),
      changedFiles: readChangedFiles(read(options.changedFiles), options.changedFiles),
      baseRef: options.baseRef,
      configuration: configurationFolder(),
      max,
    }),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}
