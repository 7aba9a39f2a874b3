import { type Configuration } from "../../../lib/config/load";
import { checkLine, type CheckLine, type Finding } from "../line";

/**
 * Whether the states lie apart from what fills up and is thrown away: the cache's object store, and the backups. By what is configured; who
 * else is behind one address is not seen from here.
 */
export async function checkSeparation(configuration: Configuration): Promise<CheckLine> {
  const line = await checkLine("separation", async () => separation(configuration));
  return { ...line, command: "flywheel contract; flywheel settings attic" };
}

function separation({ stacks, organization }: Configuration): Finding {
  const { s3, backup } = organization.state;
  if (s3 === undefined) return { note: "no bucket is configured" };
  const found: string[] = [];
  const server = hostOf(s3.endpoint);
  const service = s3.service?.replace(/:\d+$/, "");
  for (const instance of stacks) {
    if (instance.stack !== "attic") continue;
    const { s3_endpoint: endpoint, s3_bucket_name: bucket, namespace } = instance.settings;
    if (endpoint !== undefined && endpoint !== "" && hostOf(endpoint) === server)
      found.push(
        bucket === s3.bucket
          ? `the cache of ${instance.id} is in the very bucket of the states`
          : `the cache of ${instance.id} is on the states' server, ${server}`,
      );
    const isInside = server.split(".")[1] === namespace || service?.split("/")[0] === namespace;
    if (isInside) found.push(`the states' server is in ${instance.id}'s namespace, ${namespace}`);
  }
  if (backup?.target.endpoint !== undefined && hostOf(backup.target.endpoint) === server)
    found.push("the backups are on the states' own server: what loses one loses both");
  if (found.length > 0) return { finding: found.join("; ") };
  return `states are on ${server}; neither a cache's store nor the backups are`;
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}
