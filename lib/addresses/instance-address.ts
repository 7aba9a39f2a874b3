/** The address of a resource in a state or a plan, taken apart: `module.m["a.b/c"].helm_release.this[0]`. */
export interface InstanceAddress {
  /** As the engines write it. */
  readonly text: string;
  readonly type: string;
  /** The resource it is an instance of: without any instance key, of modules neither. */
  readonly resource: string;
  /** The same with its modules' keys, and without its own: what an engine takes `[0]` for, where a resource has no count. */
  readonly withoutOwnKey: string;
  /** `0` or `"name"`, as written; absent where it has none. */
  readonly key?: string;
}

const name = String.raw`[A-Za-z_][\w-]*`;
const key = String.raw`\[(?:\d+|"(?:[^"\\]|\\.)*")\]`;
const pattern = new RegExp(`^((?:module\\.${name}(?:${key})?\\.)*)(${name})\\.(${name})(${key})?$`);

/** Takes apart the address of a managed resource; undefined for any other text, a data source's among them. */
export function parseAddress(text: string): InstanceAddress | undefined {
  const [, modules, type, label, own] = pattern.exec(text) ?? [];
  if (modules === undefined || type === undefined || label === undefined || type === "data" || type === "module")
    return undefined;
  const modulesWithoutKeys = modules.replace(new RegExp(key, "g"), "");
  return {
    text,
    type,
    resource: `${modulesWithoutKeys}${type}.${label}`,
    withoutOwnKey: `${modules}${type}.${label}`,
    ...(own === undefined ? {} : { key: own.slice(1, -1) }),
  };
}
