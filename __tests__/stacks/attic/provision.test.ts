import { clusterEnvironment, provision } from "../../../lib/constructs/provision";
import { script } from "../../../lib/constructs/script";
import { asRun, FakeCommands } from "./support";

const text = asRun(script("provision"));
const cluster = { PROVISION_CONTEXT: "honey", PROVISION_SECONDS: "1", PROVISION_PAUSE: "0.1" };
const key = 'K"E\\Y';
const dreamhost = { DREAMHOST_API_KEY: key };
const record = ["nix-cache.example.org", "A", "203.0.113.10"];

let fake: FakeCommands;
beforeEach(() => void (fake = new FakeCommands()));
afterEach(() => fake.remove());

describe("waiting for the cluster", () => {
  it("asks the providers' cluster, whatever the current context is", () => {
    fake.add("kubectl", "");
    const { code } = fake.run(text, ["await-crd", "tenants.minio.min.io"], {
      ...cluster,
      PROVISION_KUBECONFIG: "~/.kube/honey.yaml",
    });
    expect(code).toBe(0);
    expect(fake.argumentsOf("kubectl").split("\n")).toEqual([
      "--kubeconfig",
      `${fake.folder}/.kube/honey.yaml`,
      "--context",
      "honey",
      "wait",
      "--for=condition=Established",
      "customresourcedefinition/tenants.minio.min.io",
      "--timeout=5s",
      "",
    ]);
  });

  it("reads KUBE_CONFIG_PATH where no kubeconfig is configured, as the providers do", () => {
    fake.add("kubectl", "");
    fake.run(text, ["await-tenant", "attic-minio", "nix-cache"], {
      ...cluster,
      PROVISION_KUBECONFIG: "",
      KUBE_CONFIG_PATH: "/ci/kubeconfig",
    });
    expect(fake.argumentsOf("kubectl")).toContain(
      "--kubeconfig\n/ci/kubeconfig\n--context\nhoney\nwait\n--namespace\nnix-cache\n",
    );
  });

  it("tries again until it is there", () => {
    fake.add("kubectl", '[ -e "$calls/second" ] || { touch "$calls/second"; echo NotFound >&2; exit 1; }');
    expect(
      fake.run(text, ["await-tenant", "attic-minio", "nix-cache"], { ...cluster, PROVISION_SECONDS: "10" }),
    ).toMatchObject({ code: 0, stdout: "provision: MinIO tenant nix-cache/attic-minio is ready\n" });
  });

  it("fails on time-out, with the last word of kubectl", () => {
    fake.add("kubectl", "echo 'no such tenant' >&2; exit 1");
    const { code, stderr } = fake.run(text, ["await-tenant", "attic-minio", "nix-cache"], cluster);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "MinIO tenant nix-cache/attic-minio is not ready after 1s; kubectl's last word: no such tenant",
    );
  });
});

describe("records at DreamHost", () => {
  const answers = (body: string) => fake.add("curl", `cat >>"$calls/curl.input"; ${body}`);

  it("give curl everything on stdin, the key included", () => {
    answers("printf 'success\\nrecord_added\\n'");
    const { code, stdout, stderr } = fake.run(text, ["dns-add", ...record, "by us"], dreamhost);
    expect([code, stderr]).toEqual([0, ""]);
    expect(fake.argumentsOf("curl")).toBe("--config\n-\n");
    const input = fake.read("curl.input");
    expect(input).toContain('url = "https://api.dreamhost.com/"\n');
    for (const field of [
      'key=K\\"E\\\\Y',
      "cmd=dns-add_record",
      "record=nix-cache.example.org",
      "type=A",
      "value=203.0.113.10",
      "comment=by us",
    ]) {
      expect(input).toContain(`data-urlencode = "${field}"\n`);
    }
    expect(stdout).not.toContain(key);
  });

  it.each([
    ["dns-add", "record_already_exists_remove_first", "203.0.113.10", 0],
    ["dns-add", "record_already_exists_remove_first", "203.0.113.99", 1],
    ["dns-add", "no_such_zone", "", 1],
    ["dns-remove", "no_such_record", "", 0],
    ["dns-remove", "no_such_record", "203.0.113.10", 1],
  ])("%s after %s, with %s in the list, exits as it is", (command, error, listed, code) => {
    const table = [
      "success",
      "account_id\tzone\trecord\ttype\tvalue\tcomment\teditable",
      `1\texample.org\tnix-cache.example.org\tA\t${listed}\t\t1`,
    ].join("\\n");
    answers(
      `if tail -n 3 "$calls/curl.input" | grep -q list_records; then printf '${table}\\n'; else printf 'error\\n${error}\\n'; fi`,
    );
    const ran = fake.run(text, [command, ...record, "by us"], dreamhost);
    expect(ran.code).toBe(code);
    if (code === 1) expect(ran.stderr).toContain(`error ${error}`);
    expect(ran.stdout + ran.stderr).not.toContain(key);
  });

  it("fail where DreamHost does not answer, where there is no address and where there is no key", () => {
    answers("exit 6");
    expect(fake.run(text, ["dns-add", ...record, "by us"], dreamhost)).toMatchObject({
      code: 1,
      stderr: "provision: DreamHost did not answer\n",
    });
    expect(fake.run(text, ["dns-remove", "a.example.org", "A", ""], dreamhost)).toMatchObject({
      code: 1,
      stderr: "provision: a.example.org has no address: set load_balancer_ip\n",
    });
    expect(fake.run(text, ["dns-remove", ...record], {}).code).toBe(1);
  });
});

describe("under replay", () => {
  it.each([
    [["await-crd", "tenants.minio.min.io"]],
    [["await-tenant", "attic-minio", "nix-cache"]],
    [["dns-add", ...record, "by us"]],
    [["dns-remove", ...record]],
  ])("%s says what it would do, and calls nothing", (words) => {
    for (const name of ["kubectl", "curl"]) fake.add(name, "");
    const { code, stdout } = fake.run(text, words, { ...cluster, ...dreamhost, FLYWHEEL_REPLAY: "1" });
    expect([code, fake.argumentsOf("kubectl"), fake.argumentsOf("curl")]).toEqual([0, "", ""]);
    expect(stdout).toMatch(/^provision: replay, not done: /);
    expect(stdout).not.toContain(key);
  });
});

describe("a provisioner", () => {
  it("carries the script with it and shows only the command", () => {
    const { command, environment } = provision({
      command: "await-crd tenants.minio.min.io",
      environment: clusterEnvironment("honey"),
    });
    fake.add("kubectl", "");
    const env = {
      ...environment,
      FLYWHEEL_PROVISION: asRun(environment?.["FLYWHEEL_PROVISION"] ?? ""),
      PROVISION_KUBECONFIG: "/k",
    };
    expect(fake.run(command, [], env).code).toBe(0);
    expect(fake.argumentsOf("kubectl")).toContain("--context\nhoney\n");
    expect(command).toBe('exec /bin/sh -c "$FLYWHEEL_PROVISION" provision await-crd tenants.minio.min.io');
  });

  it("refuses a command that it does not know", () => {
    expect(fake.run(text, ["destroy-everything"], cluster).code).toBe(1);
  });
});
