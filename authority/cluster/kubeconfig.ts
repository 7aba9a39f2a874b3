import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { isRecord } from "../../lib/config/kind";
import { kubeconfigUnusable } from "./refusals";

/** How a context reaches its cluster. It holds credentials: never printed as a whole. */
export interface ClusterAccess {
  /** The kubeconfig that it was read from. */
  readonly file: string;
  readonly context: string;
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly serverName?: string;
  readonly proxy?: string;
  /** Whoever answers is believed. */
  readonly insecure: boolean;
  /** The program that would give the credentials. */
  readonly program?: string;
}

/** Reads how a context reaches its cluster. @throws UserError for a file without it; no value of the file is repeated but names. */
export function readAccess(file: string, context: string): ClusterAccess {
  const document = readYaml(file);
  const { cluster: clusterName, user: userName } = entry(file, document, "contexts", "context", context);
  const cluster = entry(file, document, "clusters", "cluster", text(clusterName) ?? "");
  const user = entry(file, document, "users", "user", text(userName) ?? "");
  const server = text(cluster["server"]);
  if (server === undefined || !URL.canParse(server))
    throw kubeconfigUnusable(file, `the cluster of context ${context} has no server`, "the API server's address");
  const given = {
    ca: data(file, cluster, "certificate-authority"),
    cert: data(file, user, "client-certificate"),
    key: data(file, user, "client-key"),
    token: text(user["token"]) ?? fileText(file, text(user["tokenFile"]))?.trim(),
    serverName: text(cluster["tls-server-name"]),
    proxy: text(cluster["proxy-url"]),
    program: programOf(user),
  };
  return {
    file,
    context,
    server,
    insecure: cluster["insecure-skip-tls-verify"] === true,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function readYaml(file: string): Record<string, unknown> {
  const content = fileText(file, file) ?? "";
  let document: unknown;
  try {
    document = parse(content);
  } catch {
    // The parser's message repeats lines of the file.
    throw kubeconfigUnusable(file, "it is not YAML", "a kubeconfig");
  }
  if (!isRecord(document)) throw kubeconfigUnusable(file, "it is not a mapping", "a kubeconfig");
  return document;
}

/** The `kind` part of the entry with this name in a list of the kubeconfig. */
function entry(
  file: string,
  document: Record<string, unknown>,
  list: string,
  kind: string,
  name: string,
): Record<string, unknown> {
  const entries = Array.isArray(document[list]) ? (document[list] as readonly unknown[]).filter(isRecord) : [];
  const found = entries.find((each) => each["name"] === name)?.[kind];
  if (isRecord(found)) return found;
  const names = entries.map((each) => String(each["name"]));
  throw kubeconfigUnusable(
    file,
    `it has no ${kind} "${name}"`,
    names.length === 0 ? `an entry under ${list}` : `one of ${names.join(", ")}`,
  );
}

/** What stands in the file itself, in base64 under `<key>-data`, or in a file beside it. */
function data(file: string, from: Record<string, unknown>, key: string): string | undefined {
  const inline = text(from[`${key}-data`]);
  return inline === undefined ? fileText(file, text(from[key])) : Buffer.from(inline, "base64").toString("utf8");
}

function fileText(kubeconfig: string, named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  const path = resolve(dirname(kubeconfig), named);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "it is no file";
    throw kubeconfigUnusable(kubeconfig, `${path} cannot be read: ${why}`, "a file that may be read");
  }
}

function programOf(user: Record<string, unknown>): string | undefined {
  const { exec, "auth-provider": provider } = user;
  if (isRecord(exec)) return String(exec["command"]);
  return isRecord(provider) ? `auth-provider ${String(provider["name"])}` : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
