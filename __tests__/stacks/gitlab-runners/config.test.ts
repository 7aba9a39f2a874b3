import fc from "fast-check";
import { parse } from "smol-toml";
import { runnerConfig, type RunnerConfigProps, runnerToml } from "../../../lib/constructs/gitlab-runner-config";

const base: RunnerConfigProps = {
  name: "nix-runner",
  kind: "nix",
  namespace: "gitlab-runners",
  legacyExecStrategy: true,
  spreadToNodes: true,
  jobResources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "4", memory: "8Gi" } },
};

const runner = (props: Partial<RunnerConfigProps>) => runnerConfig({ ...base, ...props }).runners[0];

/** Any text, and often one with what TOML, YAML or the engine gives a meaning of its own. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        '"""',
        "\\",
        "\\n",
        "\n",
        "\r\n",
        "\t",
        "${",
        "$${",
        "%{",
        "#",
        "=",
        "[[x]]",
        "\u0000",
        "\u007f",
        "\u{1f41d}",
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);

describe("configuration of a GitLab runner", () => {
  it("says the same as TOML and as data, whatever the texts in it", () => {
    const resources = fc.record({ cpu: text, memory: text });
    const props = fc.record(
      {
        name: text,
        namespace: text,
        jobPriorityClass: text,
        kind: fc.constantFrom("nix", "docker", "dind"),
        legacyExecStrategy: fc.boolean(),
        spreadToNodes: fc.boolean(),
        attic: fc.record({ server: text, cache: text }),
        jobResources: fc.record({ requests: resources, limits: resources }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(props, (given) => {
        const all = { ...base, ...given };
        expect(parse(runnerToml(all))).toEqual(runnerConfig(all));
      }),
      { numRuns: 300 },
    );
  });

  it("gives nix jobs the Attic cache, where there is one", () => {
    expect(runner({})).not.toHaveProperty("environment");
    expect(runner({ attic: { server: "http://attic", cache: "main" } })?.environment).toEqual([
      "NIX_CONFIG=experimental-features = nix-command flakes",
      "ATTIC_SERVER=http://attic",
      "ATTIC_CACHE=main",
    ]);
    expect(runner({ kind: "docker", attic: { server: "http://attic", cache: "main" } })).not.toHaveProperty(
      "environment",
    );
  });

  it("makes only dind jobs privileged, and shows them their Docker", () => {
    expect(runner({ kind: "dind" })).toMatchObject({
      environment: ["DOCKER_HOST=tcp://localhost:2375", "DOCKER_TLS_CERTDIR="],
      kubernetes: { privileged: true },
    });
    expect(runner({ kind: "docker" })?.kubernetes.privileged).toBe(false);
    expect(runner({ kind: "nix" })?.kubernetes.privileged).toBe(false);
  });

  it("names a priority class and an affinity only where asked to", () => {
    expect(runner({ jobPriorityClass: "ci" })?.kubernetes).toMatchObject({
      pod_priority_class_name: "ci",
      affinity: { pod_anti_affinity: {} },
    });
    const plain = runner({ spreadToNodes: false })?.kubernetes;
    expect(plain).not.toHaveProperty("affinity");
    expect(plain).not.toHaveProperty("pod_priority_class_name");
  });
});
