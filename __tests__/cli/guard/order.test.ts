import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitForOthers, type Patience } from "../../../cli/guard/order";
import { RunMarks } from "../../../cli/guard/run-marks";
import { type Needs } from "../../../stacks/order";
import { temporaryFolder } from "../../lib/config/support";

/** How the applies of one cdktf run wait for each other. */

const needs: Needs = new Map([["dashboard", [{ namespace: "runners", stack: "runners" }]]]);
const limits: Patience = { begin: 60_000, end: 60_000, look: 1, tell: 0 };
/** No system counts its processes so far. */
const gone = 2 ** 30;

let output: string;
let marks: RunMarks;
let notes: string[];
beforeEach(() => {
  output = temporaryFolder();
  marks = new RunMarks(output, process.pid);
  notes = [];
});

const wait = (patience: Partial<Patience> = {}) =>
  waitForOthers("dashboard", needs, marks, (text) => notes.push(text), { ...limits, ...patience });

/** Lets it look until it has said so. */
async function told(pattern: RegExp): Promise<void> {
  while (!notes.some((note) => pattern.test(note))) await new Promise((resolve) => setImmediate(resolve));
}

it("waits for an apply of the same run, from before it begins until it has ended, and says so", async () => {
  marks.initialized("runners");
  let over = false;
  const waiting = wait().then(() => (over = true));
  await told(/^dashboard needs namespace runners, which runners makes: it waits for the apply of runners$/);
  marks.applying("runners");
  await told(/still needs/);
  expect(over).toBe(false);
  marks.applied("runners", 0);
  await waiting;
  expect(notes.some((note) => note.includes("goes on"))).toBe(false);
});

it("waits for nothing that is no part of this run: alone, in another run, or in none", async () => {
  await wait();
  const other = new RunMarks(output, process.ppid);
  other.applying("runners");
  await wait();
  expect(notes).toEqual([]);
});

it("goes on, and says how, after an apply that failed, that was killed, that does not begin, or that does not end", async () => {
  marks.applied("runners", 1);
  await wait();
  mkdirSync(join(output, "runs", String(process.pid)), { recursive: true });
  writeFileSync(
    join(output, "runs", String(process.pid), "runners.json"),
    JSON.stringify({ step: "apply", pid: gone }),
  );
  await wait();
  marks.initialized("runners");
  await wait({ begin: -1 });
  marks.applying("runners");
  await wait({ end: -1 });
  const remedy = "Where namespace runners is missing, dashboard will fail: deploy runners, then dashboard again";
  expect(notes).toEqual([
    `dashboard goes on: runners was not applied. ${remedy}`,
    `dashboard goes on: runners was not applied. ${remedy}`,
    `dashboard goes on: runners has not begun to apply. ${remedy}`,
    `dashboard goes on: runners is still being applied after 0 s. ${remedy}`,
  ]);
});

it("removes the marks of runs that are over", () => {
  mkdirSync(join(output, "runs", String(gone)), { recursive: true });
  marks = new RunMarks(output, process.pid);
  marks.initialized("runners");
  expect(readdirSync(join(output, "runs"))).toEqual([String(process.pid)]);
});
