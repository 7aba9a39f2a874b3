import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { lockFailed, noLockProgram } from "./refusals";

/**
 * Programs that take the kernel's lock on a file (flock), say so, and hold it until their standard input ends. Node has no call for it.
 * However the process that started one dies, the pipe closes with it, so the lock never outlives its holder.
 */
export const lockPrograms: readonly { readonly name: string; readonly args: (file: string) => readonly string[] }[] = [
  { name: "flock", args: (file) => [file, "sh", "-c", "echo held; exec cat > /dev/null"] },
  {
    name: "perl",
    args: (file) => [
      "-MFcntl=:flock",
      "-e",
      '$| = 1; open(my $f, ">>", $ARGV[0]) or die "$!\\n"; flock($f, LOCK_EX) or die "$!\\n"; print "held\\n"; 1 while <STDIN>;',
      file,
    ],
  },
];

interface LockOptions {
  /** What the holder does, for those who wait: `building minio`. */
  readonly purpose: string;
  /** Told what the holder does, once it is sure that there is one, and every half minute from then on. */
  readonly waiting: (holder: string) => void;
  /** @default lockPrograms */
  readonly programs?: typeof lockPrograms;
}

/**
 * Runs `work` while this process alone holds the lock on `file`, which stays as an empty file. Others wait, however long; the lock is free
 * as soon as its holder is gone, kill -9 included. Not for two calls of one process at once with the expectation that they share it.
 * @throws UserError `no-lock-program` or `lock-failed`; what `work` throws.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const holder = await startHolder(file, options);
  const ended = once(holder, "exit");
  try {
    writeFileSync(file, options.purpose);
    return await work();
  } finally {
    writeFileSync(file, "");
    holder.stdin?.end();
    await ended;
  }
}

async function startHolder(file: string, options: LockOptions): Promise<ChildProcess> {
  const programs = options.programs ?? lockPrograms;
  for (const { name, args } of programs) {
    // A group of its own: an interrupt in the terminal is for us to handle, and the lock is held until we did.
    const child = spawn(name, args(file), { stdio: ["pipe", "pipe", "pipe"], detached: true });
    if (await takes(child, file, options)) return child;
  }
  throw noLockProgram(programs.map(({ name }) => name));
}

/** Waits until a program has the lock; false where there is no such program. @throws UserError `lock-failed` */
function takes(child: ChildProcess, file: string, options: LockOptions): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const tell = () => options.waiting(readFileSync(file, "utf8") || "working");
    const soon = setTimeout(tell, 500);
    const often = setInterval(tell, 30_000);
    const done = () => {
      clearTimeout(soon);
      clearInterval(often);
    };
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stdout?.once("data", () => {
      done();
      resolve(true);
    });
    child.once("error", () => {
      done();
      resolve(false);
    });
    child.once("close", () => {
      done();
      reject(lockFailed(file, said.trim().split("\n").at(-1) ?? "it ended"));
    });
  });
}
