import { startReplay } from "../../planning/replay/server";

/** Replayed providers for a test file: TF_REATTACH_PROVIDERS of an engine that plans with them. Not there before its tests begin. */
export function replayedProviders(): { readonly reattach: string } {
  let replay: Awaited<ReturnType<typeof startReplay>> | undefined;
  beforeAll(async () => {
    replay = await startReplay();
  });
  afterAll(() => replay?.close());
  return {
    get reattach() {
      if (replay === undefined) throw new Error("the providers are asked for before the tests begin");
      return replay.reattach;
    },
  };
}
