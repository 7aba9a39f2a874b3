import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { stackNames } from "../../../lib/config/names";
import { listSettings, settingsSchema } from "../../../lib/config/settings-list";
import { repositoryRoot } from "../../../lib/root";

describe("schemas for editors", () => {
  it.each(stackNames)(
    "config/schemas/%s.json is current (flywheel settings STACK --json-schema writes it)",
    (stack) => {
      const file = join(repositoryRoot, "config", "schemas", `${stack}.json`);
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(settingsSchema(stack));
    },
  );

  it("are named in our own settings files", () => {
    for (const folder of ["config", "examples/overlay/config"]) {
      const { stacks } = loadConfiguration(join(repositoryRoot, folder));
      expect(stacks.length).toBeGreaterThan(0);
      for (const { stack, source } of stacks) {
        const [, schema = ""] =
          /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(source.file, "utf8")) ?? [];
        const file = resolve(dirname(source.file), schema);
        expect([basename(file), existsSync(file)]).toEqual([`${stack}.json`, true]);
      }
    }
  });
});

describe("the list of settings", () => {
  const setting = (stack: "attic" | "arc-runners", name: string) =>
    listSettings(stack).find((candidate) => candidate.name === name);

  it("tells type, default, rule, and what is required, secret, or named twice", () => {
    expect(setting("arc-runners", "github_config_url")).toMatchObject({ type: "text", required: true, secret: false });
    expect(setting("arc-runners", "nix_max_runners")).toEqual({
      name: "nix_max_runners",
      type: "whole number",
      default: 5,
      required: false,
      secret: false,
      rule: "a whole number from 0",
    });
    expect(setting("arc-runners", "install_controller")).toMatchObject({ aliases: ["deploy_arc_controller"] });
    expect(setting("arc-runners", "deploy_longhorn")?.rule).toMatch(/^false/);
    expect(setting("attic", "compression_type")).toMatchObject({ type: "zstd | none" });
    expect(setting("attic", "deploy_version")?.rule).toContain("read nowhere");
    expect(setting("attic", "database_url")).toMatchObject({ secret: true, required: false });
  });
});
