import { StoreConflict } from "../../../authority/stores/object-store";
import { FileStore } from "../../../authority/stores/file";

/**
 * Races others for a FileStore: creates `rounds` keys, then counts one number up `rounds` times by compare-and-swap.
 * Prints "ready", waits for a line on stdin, prints the number of creates it won.
 */
async function main(): Promise<void> {
  const [folder = "", roundsText = "0"] = process.argv.slice(-2);
  const rounds = Number(roundsText);
  const store = await FileStore.open(folder);
  process.stdout.write("ready\n");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  let won = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (await succeeds(store.create(`race/${round}`, Buffer.from(String(process.pid))))) won += 1;
  }
  for (let done = 0; done < rounds;) {
    const current = await store.read("counter");
    const next = Buffer.from(String(Number(current?.bytes ?? 0) + 1));
    if (await succeeds(current ? store.replace("counter", next, current.version) : store.create("counter", next)))
      done += 1;
  }
  process.stdout.write(`${won}\n`);
  process.exit(0);
}

async function succeeds(write: Promise<string>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof StoreConflict) return false;
    throw error;
  }
}

void main();
