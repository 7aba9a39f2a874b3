import { shellQuoted } from "../../../lib/text/shell";
import { type S3Place } from "../../stores/s3-client";
import { type CheckLine } from "../line";

interface Place extends S3Place {
  /** The key of the bucket's identity. */
  readonly identityKey: string;
}

/** The line with the command that proves it by hand, where it has none of its own. Credentials come from the environment, as ever. */
export function withCommand(line: CheckLine, place: Place | undefined): CheckLine {
  if (line.command !== undefined) return line;
  const [, id, what] = /^(\S+): (.*)$/.exec(line.name) ?? [];
  const command =
    id === undefined || id === "lock" || id === "write"
      ? place === undefined
        ? undefined
        : ofBucket(line.name, place)
      : ofState(shellQuoted(id), what ?? "");
  return command === undefined ? line : { ...line, command };
}

function ofState(id: string, what: string): string {
  if (what === "state" || what === "ledger" || what === "generation" || what === "cutover")
    return `flywheel status ${id}`;
  if (what === "backup") return `flywheel restore-drill ${id} --identity KEYFILE`;
  if (what === "addresses") return `flywheel preview ${id} --live`;
  return `flywheel check ${id}`;
}

function ofBucket(name: string, { endpoint, bucket, identityKey }: Place): string {
  const aws = `aws --endpoint-url ${shellQuoted(endpoint)}`;
  const at = `--bucket ${shellQuoted(bucket)}`;
  if (name === "bucket") return `${aws} s3api list-objects-v2 ${at} --max-items 1`;
  if (name === "identity") return `${aws} s3 cp ${shellQuoted(`s3://${bucket}/${identityKey}`)} -`;
  if (name === "versioning") return `${aws} s3api get-bucket-versioning ${at}`;
  if (name === "write and read back") {
    const probe = shellQuoted(`s3://${bucket}/${identityKey.replace(/[^/]*$/, "probe/by-hand")}`);
    return `${aws} s3 cp FILE ${probe}; ${aws} s3 cp ${probe} - | cmp - FILE; ${aws} s3 rm ${probe}`;
  }
  if (name.startsWith("lock") || name.startsWith("write"))
    return `flywheel probe --endpoint ${shellQuoted(endpoint)} ${at}`;
  return "flywheel check --deep";
}
