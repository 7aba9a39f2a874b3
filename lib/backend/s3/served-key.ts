import { type StackKey } from "../../config/names";

const defaultKey = "{env}/{stack}/terraform.tfstate";

/** What `state.s3` says of keys. */
interface S3Keys {
  readonly key: string;
  readonly keys: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The key of a stack's state in a store of ours: the one of `state.s3`, so that both ways in mean one object, else the default. */
export function servedKey(s3: S3Keys | undefined, stack: StackKey): string {
  return namedFor(stack, s3?.keys[stack.stack]?.[stack.environment] ?? s3?.key ?? defaultKey);
}

/** `{stack}` and `{env}` filled in; other placeholders are refused where a contract is made. */
export function namedFor({ stack, environment }: StackKey, template: string): string {
  return template.replaceAll("{stack}", stack).replaceAll("{env}", environment);
}
