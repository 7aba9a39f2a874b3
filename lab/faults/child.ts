import { text } from "node:stream/consumers";
import { carryOut, type Order } from "./order";

/**
 * One order in a process of its own, that can be killed: the order as JSON on stdin, secrets in the environment. Each line on stdout
 * is what stays when the process is gone: an entry that was written into the clone's ledger, and at last how it ended.
 */
async function main(): Promise<void> {
  // Ours: the process that started this one wrote it.
  const order = JSON.parse(await text(process.stdin)) as Order;
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const ending = await carryOut(order, process.env, (entry) => say({ entry }));
  say({ ending });
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
