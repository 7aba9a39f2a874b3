import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configFolder, leastSettings, organization, problemsIn } from "./support";

const arc = "environments/dev/arc-runners.yaml";
const least = leastSettings["arc-runners"] ?? "";

function problems(file: string, bytes: Buffer | string) {
  const folder = configFolder({ "organization.yaml": organization(), [arc]: least });
  writeFileSync(join(folder, file), bytes);
  return problemsIn(folder);
}

describe("a configuration file is text", () => {
  it.each([
    ["not-utf-8", arc, Buffer.from(`${least}attic_cache: caf\xe9\n`, "latin1")],
    ["not-utf-8", "organization.yaml", Buffer.from(`organization:\n  name: caf\xe9\n`, "latin1")],
    ["control-character", arc, `${least}attic_cache: a\0b\n`],
    ["control-character", arc, `${least}attic_cache: a\x1b[31mb\n`],
    ["control-character", arc, `${least}attic_cache: "a\\0b"\n`],
  ])("refused: %s in %s", (code, file, bytes) => {
    expect(problems(file, bytes)).toMatchObject([{ code, file, line: 2 }]);
  });

  it("with a byte order mark is read", () => {
    expect(problems(arc, `\ufeff${least}`)).toEqual([]);
  });

  it.each([
    ["__proto__", 2, "__proto__: {a: 1}"],
    ["shared_runner_node_selector.__proto__", 2, "shared_runner_node_selector: {__proto__: a}"],
    ["extra_runner_sets.__proto__", 3, "extra_runner_sets:\n  __proto__: {runner_label: a}"],
  ])("loses no key: %s", (key, line, text) => {
    expect(problems(arc, `${least}${text}\n`)).toContainEqual(
      expect.objectContaining({ code: "unknown-setting", file: arc, key, line }),
    );
  });

  it("may be long: the work grows with its length, not with its square", () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `key_${index}: 1\n`).join("");
    // Processor time of this process: other processes do not count.
    const time = (count: number) => {
      const before = process.cpuUsage();
      expect(problems(arc, `${least}${keys(count)}`)).toHaveLength(count);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    time(1000);
    const [short, long] = [time(2000), time(16_000)];
    // Eight times the keys: 64 times the work where it is quadratic.
    expect(long / short).toBeLessThan(32);
  });

  it("has no key twice, also as a number and a text", () => {
    expect(problems(arc, `${least}shared_runner_node_selector: {1: a, "1": b}\n`)).toMatchObject([
      { code: "yaml-syntax", line: 2, what: '"1" is set a second time' },
    ]);
  });
});
