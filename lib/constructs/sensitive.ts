/**
 * `value`, marked sensitive for the engine. State written so far carries the mark where a choice hung on a secret, and a mark
 * that comes or goes is a change to the engines: a Helm release would be upgraded for it. For names and for single references
 * (`${...}`); any other template is refused.
 */
export function sensitive(value: string | boolean): string {
  const text = String(value);
  const reference = /^\$\{([^{}]*)\}$/.exec(text)?.[1];
  if (reference !== undefined) return `\${sensitive(${reference})}`;
  if (typeof value === "string" && !/^[\w./:-]*$/.test(value))
    throw new Error(`${value} is neither a name nor a reference`);
  return `\${sensitive(${JSON.stringify(value)})}`;
}
