import { homedir, userInfo } from "node:os";

/** HOME, else what the system knows of this user; undefined for a user that it does not know (a container's number, say). */
export function homeFolder(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const home = environment["HOME"];
  if (home !== undefined && home !== "") return home;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** This user's name, or its number (`uid-1234`) where the system knows no name for it. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
