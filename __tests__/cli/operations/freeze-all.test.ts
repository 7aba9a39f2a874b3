import { join } from "node:path";
import { temporaryFolder } from "../../authority/support";
import { runFlywheel } from "../../stacks/synth/child";
import { authorityFolder } from "../../stacks/state-authority/configuration";
import { findEngine } from "../../support/engines";
import { startServe } from "../serve-child";

/** The authority's own state is a Secret, and nothing lies beside one: what holds it off is the freeze of all the others. */
jest.setTimeout(6 * 60_000);

it("freezes all others, and with them the apply of the stack that has no freeze of its own", async () => {
  const http = (url: string) => ({ http: { address: `${url}/state/{stack}-{env}` }, s3: undefined, backup: undefined });
  const states = join(temporaryFolder(), "states");
  const server = await startServe(authorityFolder({ state: http("http://127.0.0.1:9") }), states);
  try {
    const config = authorityFolder({ state: http(server.url) });
    const env = {
      FLYWHEEL_CONFIG_DIR: config,
      FLYWHEEL_ENGINE: findEngine().path,
      TF_HTTP_USERNAME: server.user,
      TF_HTTP_PASSWORD: server.password,
    };
    const flywheel = (...args: readonly string[]) => runFlywheel(args, { cwd: temporaryFolder(), env });
    expect(await flywheel("freeze", "state-authority", "--why", "x")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is a Secret, and nothing lies beside one") as unknown,
    });
    expect(await flywheel("freeze", "all", "--why", "the store is moved")).toMatchObject({ code: 0 });
    const applied = await flywheel("apply", "state-authority", "--auto-approve");
    expect(applied).toMatchObject({ code: 1, stderr: expect.stringContaining("the store is moved") as unknown });
    expect(await flywheel("thaw", "all")).toMatchObject({ code: 0 });
    // What cannot be asked holds nobody off: this stack is what makes it. It goes on, to what is missing here for its synth.
    await server.stop();
    const went = await flywheel("apply", "state-authority", "--auto-approve");
    expect(went.stderr).toMatch(/note: whether all is frozen at http:\S+ is not told/);
    expect(went.stderr).toContain("makes the bucket of state.s3");
  } finally {
    await server.stop();
  }
});
