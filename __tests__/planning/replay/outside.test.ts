import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../lib/errors";
import { type OutsideChange, readOutside } from "../../../planning/replay/outside";
import { startReplay } from "../../../planning/replay/server";
import { temporaryFolder } from "../../lib/config/support";
import { findEngine } from "../../support/engines";
import { deployment, secret } from "./configs";
import { Workspace } from "./engine";

function fileWith(text: string): string {
  const file = join(temporaryFolder(), "outside.yaml");
  writeFileSync(file, text);
  return file;
}

it("an engine finds what a file says was changed outside, is warned that nobody looked, and would put it back", async () => {
  let outside: readonly OutsideChange[] = [];
  const replay = await startReplay({ outside: () => outside });
  const workspace = new Workspace(findEngine().path, replay.reattach);
  try {
    const config = {
      resource: {
        kubernetes_deployment: { web: deployment() },
        kubernetes_secret: { web: secret({ token: "s3cret" }) },
        kubernetes_config_map: { web: { metadata: [{ name: "m", namespace: "shop" }], data: { size: "1" } } },
      },
    };
    expect(await workspace.configure(config).apply()).toMatchObject({ code: 0 });
    const idOf = (address: string) => String(workspace.attributes(address)["id"]);
    outside = readOutside(
      fileWith(
        [
          "outside:",
          `  - {type: kubernetes_deployment, id: ${idOf("kubernetes_deployment.web")}, attributes: {"spec[0].replicas": "7", "metadata[0].labels.by": hand}}`,
          `  - {type: kubernetes_secret, id: ${idOf("kubernetes_secret.web")}, gone: true}`,
          "  - {type: kubernetes_config_map, id: nobody/else, gone: true}",
        ].join("\n"),
      ),
    );
    const { text } = await workspace.run("plan", "-no-color", "-input=false", "-out=plan");
    expect(text).toMatch(/replay: kubernetes_deployment \S+ is changed outside, as it was told/);
    expect(text).toContain("Nobody has looked at an object");
    const { resource_drift: drift = [], resource_changes: changes = [] } = await workspace.json<{
      resource_drift?: { address: string; change: { after: unknown } }[];
      resource_changes?: { address: string; change: { actions: string[] } }[];
    }>("plan");
    expect(drift.map(({ address }) => address).sort()).toEqual(["kubernetes_deployment.web", "kubernetes_secret.web"]);
    expect(drift.find(({ address }) => address === "kubernetes_deployment.web")?.change.after).toMatchObject({
      spec: [{ replicas: "7" }],
      metadata: [{ labels: { by: "hand" } }],
    });
    expect(Object.fromEntries(changes.map(({ address, change }) => [address, change.actions.join()]))).toEqual({
      "kubernetes_config_map.web": "no-op",
      "kubernetes_deployment.web": "update",
      "kubernetes_secret.web": "create",
    });
    outside = [
      { type: "kubernetes_deployment", id: idOf("kubernetes_deployment.web"), attributes: { "spec[3].replicas": "1" } },
    ];
    expect(await workspace.run("plan", "-no-color")).toMatchObject({
      code: 1,
      text: expect.stringContaining("kubernetes_deployment has no spec[3].replicas to be changed outside") as unknown,
    });
  } finally {
    workspace.remove();
    await replay.close();
  }
}, 120_000);

it.each([
  ["outside: [{type: a, id: b}]", /gone: true or attributes/],
  ["outside: [{type: a, id: b, gone: true, attributes: {c: 1}}]", /gone: true or attributes/],
  ['outside: [{type: a, id: b, attributes: {"spec[x]": 1}}]', /a path, such as/],
  ["outside: [{kind: a, id: b, gone: true}]", /only type, id/],
  ["drift: []", /only `outside`|"outside"/],
])("a file that says something else is refused: %s", (text, expected) => {
  const read = () => readOutside(fileWith(text));
  expect(read).toThrow(UserError);
  expect(read).toThrow(expected);
});
