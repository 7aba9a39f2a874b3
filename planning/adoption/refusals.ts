import { type Problem } from "../../lib/errors";

/** The plan of a takeover would touch what is there. */
export function wouldChange({
  verb,
  address,
  id,
  what,
  from,
  expected,
}: {
  readonly verb: "replace" | "destroy" | "create";
  readonly address: string;
  readonly id: string;
  readonly what: string;
  readonly from: string | undefined;
  readonly expected: string;
}): Problem {
  return {
    code: `would-${verb}`,
    key: address,
    what: `the plan of ${id} would ${verb} ${what}${from === undefined ? "" : `, which was ${from}`}`,
    expected,
  };
}
