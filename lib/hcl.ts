import { createRequire } from "node:module";
import type * as Hcl2Json from "@cdktf/hcl2json";
import { notHcl } from "./refusals";
import { messageOf } from "./errors";

/** HCL attributes, as a variable file or a backend file has them: plain values, and `${...}` for what is an expression. */
export async function parseHcl(file: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  // A megabyte of WebAssembly: loaded only where such a file is in use. Jest has no import() for it, so it is required.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the types of what is required
  const { parse } = createRequire(__filename)("@cdktf/hcl2json") as typeof Hcl2Json;
  try {
    // The parser takes only names of Terraform's own files.
    // Typed as any there: a body is a mapping.
    return (await parse(`${file.replace(/\.[^./]*$/, "")}.tf`, text)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw notHcl(file, messageOf(error));
  }
}
