import { findEngines } from "../../support/engines";
import { adopt, previewProblems, planned, recordedState, type StateDocument } from "./support";

/** What holds data is destroyed by no plan, unless state.allow_destroy names it. */

const engines = findEngines().map(({ name, path }) => [name, path] as const);
const recorded = recordedState("attic", "minio-bazel");

/** A key of another length is one that has to be made anew. */
function shortenKey(state: StateDocument): void {
  for (const { type, name, instances } of state.resources) {
    if (type !== "random_password" || name !== "attic_jwt_secret") continue;
    for (const instance of instances)
      instance["attributes"] = { ...(instance["attributes"] as object), length: 12, result: "twelve-chars" };
  }
}

describe.each(engines)("%s", (_name, engine) => {
  it("refuses to replace a generated key, and names the way", async () => {
    const [problem] = await previewProblems({ engine, recorded, change: shortenKey });
    expect(problem).toMatchObject({ code: "would-destroy-data" });
    expect(problem?.what).toContain("random_password.jwt_signing_key");
    expect(problem?.remedy).toContain("state.allow_destroy.attic-live");
  });

  it("replaces it where state.allow_destroy names it, and the preview says both", async () => {
    const adopting = { engine, recorded, change: shortenKey, allowDestroy: ["random_password.jwt_signing_key"] };
    const preview = await planned(adopting, ({ actions, allowDestroy }) => ({ actions, allowDestroy }));
    expect(preview.actions).toContainEqual(
      expect.objectContaining({ address: "random_password.jwt_signing_key", action: "replace" }),
    );
    expect(preview.allowDestroy).toEqual(["random_password.jwt_signing_key"]);
    expect((await adopt(adopting)).destroyed).toEqual(["random_password.jwt_signing_key"]);
  });

  it("refuses to lose what settings turned off", async () => {
    const variables = {
      use_minio: false,
      enable_bazel_cache: false,
      s3_endpoint: "https://s3.example.org",
      s3_bucket_name: "attic",
      s3_access_key_id: "key",
      s3_secret_access_key: "secret",
    };
    const problems = await previewProblems({ engine, recorded, variables });
    expect(problems.map(({ code, key }) => [code, key])).toEqual([
      ["would-destroy-data", "random_password.minio_password[0]"],
      ["would-destroy-data", "module.minio_tenant[0].kubectl_manifest.minio_tenant"],
    ]);
    const allowDestroy = [
      "random_password.object_store_credentials_password",
      "module.minio_tenant[0].kubectl_manifest.minio_tenant",
    ];
    expect(await previewProblems({ engine, recorded, variables, allowDestroy })).toEqual([]);
    const adoption = await adopt({ engine, recorded, variables, allowDestroy });
    expect(adoption.destroyed).toEqual([
      "module.minio_tenant[0].kubectl_manifest.minio_tenant",
      "random_password.minio_password[0]",
    ]);
    expect(adoption.refused.map(({ code }) => code)).toContain("would-destroy");
  });

  it("refuses to make a generated key anew that the state lost", async () => {
    const lose = (state: StateDocument) => {
      state.resources = state.resources.filter(
        ({ type, name }) => type !== "random_password" || name !== "attic_jwt_secret",
      );
    };
    const { refused } = await adopt({ engine, recorded, change: lose });
    expect(refused.map(({ code, key }) => [code, key])).toEqual([["would-create", "random_password.jwt_signing_key"]]);
  });
});
