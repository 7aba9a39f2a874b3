import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from "@aws-sdk/client-s3";
import { shellQuoted } from "../../../lib/text/shell";
import { type S3Place } from "../../stores/s3-client";
import { checkLine, type CheckLine, type Finding } from "../line";
import { ask, withClient } from "./ask";

/** How long earlier states stay, as the bucket's own rules say; a rule that removes a state itself is a finding. */
export async function checkRetention(
  place: S3Place,
  environment: NodeJS.ProcessEnv,
  keys: readonly string[],
): Promise<CheckLine> {
  const line = await checkLine("retention", () =>
    withClient(place, environment, async (client) => {
      const answer = await ask(place.endpoint, "asking for the lifecycle", (abortSignal) =>
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: place.bucket }), { abortSignal }),
      );
      if ("value" in answer) return judge(answer.value.Rules ?? [], keys);
      return answer.refusal === "NoSuchLifecycleConfiguration"
        ? "no rule of the bucket's removes an earlier state"
        : { note: `not told by this server, or not to this key: ${answer.refusal}` };
    }),
  );
  return {
    ...line,
    command: `aws --endpoint-url ${shellQuoted(place.endpoint)} s3api get-bucket-lifecycle-configuration --bucket ${shellQuoted(place.bucket)}`,
  };
}

function judge(rules: readonly LifecycleRule[], keys: readonly string[]): Finding {
  const active = rules.filter(({ Status }) => Status === "Enabled");
  const reaches = (rule: LifecycleRule) => keys.filter((key) => key.startsWith(prefixOf(rule)));
  const removing = active.filter(
    (rule) => (rule.Expiration?.Days !== undefined || rule.Expiration?.Date !== undefined) && reaches(rule).length > 0,
  );
  if (removing.length > 0) {
    const names = removing.map(({ ID = "without a name" }) => ID).join(", ");
    return { finding: `a rule removes states themselves once they are old: ${names}` };
  }
  const days = active.flatMap((rule) =>
    reaches(rule).length === 0 ? [] : (rule.NoncurrentVersionExpiration?.NoncurrentDays ?? []),
  );
  return days.length === 0
    ? "no rule of the bucket's removes an earlier state"
    : `earlier states stay for ${Math.min(...days)} days`;
}

/** A rule with a filter of tags or sizes is taken to reach everything below its prefix: no state is to depend on a tag. */
function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "";
}
