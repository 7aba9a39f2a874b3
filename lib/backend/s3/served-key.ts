import { keyTemplate, type S3Keys } from "../../config/backends/s3";
import { type StackKey } from "../../config/names";

/** The key of a stack's state in a store of ours: the one of `state.s3`, so that both ways in mean one object, else the default. */
export function servedKey(s3: S3Keys | undefined, stack: StackKey): string {
  return namedFor(stack, keyTemplate(s3, stack).template);
}

/** `{stack}` and `{env}` filled in; other placeholders are refused where a contract is made. */
export function namedFor({ stack, environment }: StackKey, template: string): string {
  return template.replaceAll("{stack}", stack).replaceAll("{env}", environment);
}
