/** A type as Terraform writes it in a variable: `map(object({name = string, size = optional(number, 5)}))`. */
export type VariableType =
  | { readonly kind: "string" | "number" | "bool" }
  | { readonly kind: "list" | "map"; readonly of: VariableType }
  | {
      readonly kind: "object";
      readonly fields: Readonly<Record<string, { readonly type: VariableType; readonly optional: boolean }>>;
    };

/** Reads a type. @throws for what it does not know. */
export function parseType(text: string): VariableType {
  const tokens = text.match(/"[^"]*"|[\w-]+|[(){}=,[\]]/g) ?? [];
  let at = 0;
  const peek = () => tokens[at];
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`${wanted ?? "more"} expected in ${text}`);
    return token;
  };

  function type(): VariableType {
    const name = take();
    if (name === "string" || name === "number" || name === "bool") return { kind: name };
    take("(");
    const inner = name === "object" ? object() : type();
    take(")");
    if (name === "object") return inner;
    if (name === "list" || name === "set") return { kind: "list", of: inner };
    if (name === "map") return { kind: "map", of: inner };
    throw new Error(`unknown type ${name} in ${text}`);
  }

  function object(): VariableType {
    const fields: Record<string, { type: VariableType; optional: boolean }> = {};
    take("{");
    while (peek() !== "}") {
      const name = take();
      take("=");
      const optional = peek() === "optional";
      if (optional) {
        take();
        take("(");
      }
      fields[name] = { type: type(), optional };
      if (optional) {
        while (peek() !== ")") take(); // the default, a literal
        take();
      }
      if (peek() === ",") take();
    }
    take("}");
    return { kind: "object", fields };
  }

  return type();
}
