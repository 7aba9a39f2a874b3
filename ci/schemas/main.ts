import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomically } from "../../lib/files";
import { runProgram } from "../program";
import { engineOrBuild } from "../../tools/engine";
import { recordedFile, schemaFile } from "../../planning/replay/schema";
import { cutSchemas, schemasOf } from "./record";

/** What `make schemas PROVIDER=hashicorp/aws VERSION=5.100.0` runs: the provider's schemas, recorded anew; with OUT in
 * that folder, beside what is recorded. */
async function main(): Promise<void> {
  const { PROVIDER: address = "", VERSION: version = "", TYPES: types = "", OUT: out = "" } = process.env;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const whole = await schemasOf({ engine: await engineOrBuild(say), address, version });
  const recorded = schemaFile(address, version);
  const file = out === "" ? recorded : join(out, basename(recorded));
  const former = recordedFile(address);
  const wanted = types.split(/[\s,]+/).filter((type) => type !== "");
  writeFileAtomically(file, `${JSON.stringify(cutSchemas(whole, former, wanted))}\n`);
  if (out === "" && former !== undefined && former !== file) rmSync(former);
  say(`wrote ${out === "" ? join("planning", "schemas", basename(file)) : file}`);
}

runProgram(main);
