import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { withTemporaryFolder } from "../../../lib/files";
import { organizationFiles } from "./facts";

test.each(organizationFiles().map((file) => [basename(file), file]))(
  "%s of today loads unchanged",
  async (_name, file) => {
    await withTemporaryFolder(async (folder) => {
      copyFileSync(file, join(folder, "organization.yaml"));
      const { organization } = loadConfiguration(folder);
      expect(organization.clusters.length).toBeGreaterThan(0);
      expect(organization.clusters.map(({ name }) => name)).toContain(organization.defaultEnvironment);
    });
  },
);
