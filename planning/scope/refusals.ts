import { UserError } from "../../lib/errors";
import { type Outside } from "./scope";

/** A plan does what nobody admitted. `source`: what a scope is made of, its receipt or the stack's id. */
export function outsideScope(id: string, file: string, found: readonly Outside[], source = id): UserError {
  return new UserError(
    found.map(({ address, action }) => ({
      code: "outside-scope",
      file,
      key: address,
      what: `${id}: ${action} of ${address} is outside the scope`,
      expected: "only what is added or changed, and what the scope admits",
      remedy: `Where it is meant: flywheel scope ${source} --write, and have that file reviewed with the change`,
    })),
  );
}

/** A plan touches what the run that would apply it, or the state's own store or server, stands on. */
export function standsOn(id: string, found: readonly { readonly address: string; readonly why: string }[]): UserError {
  return new UserError(
    found.map(({ address, why }) => ({
      code: "stands-on",
      key: address,
      what: `${id}: ${address} would be changed by this plan, and ${why}`,
      expected: "nothing that this apply, or the state, stands on",
      remedy:
        "Apply it from elsewhere: a laptop, or another runner. The state's own store and server: docs/emergency.md",
    })),
  );
}
