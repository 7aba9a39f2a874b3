import { UserError } from "../../lib/errors";

/** A receipt that nothing can be compared with. */
export function receiptUnreadable(file: string, what: string): UserError {
  return new UserError({
    code: "receipt-unreadable",
    file,
    what: `this is no receipt: ${what}`,
    expected: "NAME.receipt.json, as `flywheel plan ID --out NAME.flyplan` writes it beside the bundle",
    remedy: "A newer version of Flywheel may have written it: then use that one. Otherwise plan again",
  });
}
