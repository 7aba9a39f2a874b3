import { FileStore } from "../../../authority/stores/file";

/** Writes counted, checkable states of changing size in a loop until it is killed; prints each number once it is stored. */
async function main(): Promise<void> {
  const [folder = ""] = process.argv.slice(-1);
  const store = await FileStore.open(folder);
  for (;;) {
    const current = await store.read("state");
    const number = current ? Number(JSON.parse(current.bytes.toString()).number) + 1 : 1;
    const bytes = Buffer.from(JSON.stringify({ number, filler: "x".repeat((number * 7919) % 300_000) }));
    if (current) await store.replace("state", bytes, current.version);
    else await store.create("state", bytes);
    process.stdout.write(`${number}\n`);
  }
}

void main();
