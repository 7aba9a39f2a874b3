import { plannedResources } from "../../../planning/preview/plan-document";
import { findEngine } from "../../support/engines";
import { isRecord } from "../../../lib/config/kind";
import { readCases, type Values } from "./facts";
import { plan, type Plan } from "./plans";

/** What HAZARDS.md says to fix and no recorded case shows: the HCL stack's plan would be rejected by the API server, or there is none. */

const engine = findEngine().path;
const domain = "honey.example.org";
const minio = readCases("attic").find(({ variables }) => variables["use_minio"] === true)?.variables ?? {};
const volumes = { minio_distributed_mode: true, minio_volume_size: "1Ti" };

/** Variables without those that are to be left at their defaults. */
function without(values: Values, ...names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/** Every host that the ingresses of a plan name, in rules and in TLS. */
function ingressHosts({ shown }: Plan): readonly string[] {
  const hosts = (value: unknown, key = ""): string[] => {
    if (typeof value === "string") return key === "host" || key === "hosts" ? [value] : [];
    if (Array.isArray(value)) return value.flatMap((item: unknown) => hosts(item, key));
    return isRecord(value) ? Object.entries(value).flatMap(([name, item]) => hosts(item, name)) : [];
  };
  return plannedResources(shown)
    .filter(({ type }) => type.startsWith("kubernetes_ingress"))
    .flatMap(({ values }) => hosts(values));
}

const outputOf = ({ shown }: Plan, name: string) => shown.planned_values?.outputs?.[name]?.value;

describe("attic", () => {
  let plans: readonly Plan[];

  beforeAll(async () => {
    const ingress = {
      enable_ingress: true,
      enable_tls: true,
      enable_bazel_cache: true,
      bazel_cache_enable_ingress: true,
    };
    const hostless = {
      ...without(minio, "ingress_host", "bazel_cache_ingress_host"),
      ...ingress,
      ingress_domain: domain,
    };
    plans = await plan(engine, [
      { environment: "hostless", stack: "attic", variables: hostless },
      { environment: "terabytes", stack: "attic", variables: { ...minio, ...volumes } },
      {
        environment: "backup",
        stack: "attic",
        variables: { ...minio, pg_enable_backup: true, pg_backup_bucket_name: "ignored" },
      },
    ]);
  }, 60_000);

  const planned = (environment: string): Plan => {
    const found = plans.find(({ stack }) => stack.environment === environment);
    if (found === undefined) throw new Error(`no plan of ${environment}`);
    return found;
  };

  test("an ingress without a host gets one of the environment's domain", () => {
    const hosts = new Set(ingressHosts(planned("hostless")));
    expect([...hosts].sort()).toEqual([`bazel-cache.${domain}`, `nix-cache.${domain}`]);
    expect(outputOf(planned("hostless"), "ingress_url")).toBe(`https://nix-cache.${domain}`);
  });

  test("volumes of 1Ti have a total", () => {
    expect(outputOf(planned("terabytes"), "minio_storage_total")).toMatch(/^\d+ ?Ti$/);
  });

  test("the backup's bucket under MinIO is the one that exists, whatever pg_backup_bucket_name says", () => {
    expect(outputOf(planned("backup"), "pg_backup_bucket")).toBe("pg-backup");
  });
});
