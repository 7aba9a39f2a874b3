import { type Filler } from "./apply";
import { same, sameSet } from "./equality";
import { UNKNOWN, type ValueMap } from "./values";

/** A change of these makes a new revision, whose metadata is known after apply. */
const RELEASED_BY = ["chart", "repository", "values", "set", "set_sensitive", "set_list"] as const;

/** What the Helm provider adds to a plan: that the release will be deployed, and the metadata of the revision to come. */
export function planRelease(general: ValueMap, prior: ValueMap | null): ValueMap {
  const planned: ValueMap = { ...general, status: "deployed" };
  if (prior === null) return planned;
  const changed = RELEASED_BY.some((name) => {
    const [before = null, after = null] = [prior[name], planned[name]];
    return !(name === "set" || name === "set_sensitive" ? sameSet(before, after) : same(before, after));
  });
  return changed ? { ...planned, metadata: UNKNOWN } : planned;
}

/** Values for a release. No chart is read: its version is the configured one, its notes and application version are empty. */
export function releaseFiller(planned: ValueMap): Filler {
  const { name: release = null, chart = null } = planned;
  const version = typeof planned["version"] === "string" ? planned["version"] : "";
  const namespace = planned["namespace"] ?? "default";
  const revision = { revision: 1, first_deployed: 0, last_deployed: 0, app_version: "", notes: "", values: "{}" };
  return ({ name }) => {
    if (name === "id") return release;
    if (name === "manifest") return null;
    if (name === "version") return version;
    return name === "metadata" ? [{ ...revision, name: release, namespace, chart, version }] : undefined;
  };
}
