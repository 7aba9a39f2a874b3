import { hostname } from "node:os";
import { userName } from "./home";

/**
 * Who runs this, for leases, receipts and histories: on a runner of GitHub or GitLab the person whom the platform names, since the runner's own
 * account is everybody's; else this machine's user. Who may set variables may lie: what rests on this name is said where it is used.
 */
export function operatorName(environment: NodeJS.ProcessEnv): string {
  const [actor] = platformActors(environment);
  return actor ?? userName();
}

/** `ann@laptop`, `ann@runner-7`. */
export function operator(environment: NodeJS.ProcessEnv): string {
  return `${operatorName(environment)}@${hostname()}`;
}

/** Everybody who had a part in starting this run of a platform: who started it, then whose event it is of. Empty elsewhere. */
export function platformActors(environment: NodeJS.ProcessEnv): readonly string[] {
  const names =
    environment["GITHUB_ACTIONS"] === "true"
      ? [environment["GITHUB_TRIGGERING_ACTOR"], environment["GITHUB_ACTOR"]]
      : environment["GITLAB_CI"] === "true"
        ? [environment["GITLAB_USER_LOGIN"]]
        : [];
  return [...new Set(names)].filter((name): name is string => name !== undefined && name !== "");
}
