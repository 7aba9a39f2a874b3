import { type Agent } from "node:http";
import { request } from "node:https";
import { isRecord } from "../../lib/config/kind";
import { agentFor } from "../stores/connection";
import { type ClusterAccess } from "./kubeconfig";
import { clusterUnknown } from "./refusals";

const timeout = 15_000;
const limit = 1024 * 1024;

/**
 * The identity of the cluster that a context reaches: the uid of its namespace kube-system, which nobody can choose.
 * @throws UserError where it cannot be told.
 */
export async function clusterUid(access: ClusterAccess, environment: NodeJS.ProcessEnv): Promise<string> {
  const unknown = (why: string, remedy?: string) => clusterUnknown(access.file, access.context, why, remedy);
  if (!access.server.startsWith("https://")) throw unknown(`${access.server} is not reached by TLS`);
  if (access.insecure) throw unknown("insecure-skip-tls-verify is set, so that whoever answers is believed");
  if (access.program !== undefined)
    throw unknown(
      `its credentials come from ${access.program}, which is not run for this`,
      "A token or a client certificate in the kubeconfig can be used",
    );
  const url = `${access.server.replace(/\/+$/, "")}/api/v1/namespaces/kube-system`;
  const { proxy, ca: onlyCa, cert, key } = access;
  const agent = agentFor(
    url,
    proxy === undefined ? environment : { ...environment, HTTPS_PROXY: proxy, NO_PROXY: "" },
    {
      ...(onlyCa === undefined ? {} : { onlyCa }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  );
  try {
    const { status, body } = await get(url, agent, access).catch((error: unknown) => {
      throw unknown(`${access.server}: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (status === 401 || status === 403)
      throw unknown(
        `${access.server} answers ${status}`,
        "The credentials need `get` on namespace kube-system, which any view role of the cluster has",
      );
    const uid = status === 200 ? uidIn(body) : undefined;
    if (uid === undefined) throw unknown(`${access.server} answers ${status}, without a uid`);
    return uid;
  } finally {
    agent.destroy();
  }
}

function uidIn(body: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return undefined;
  }
  const metadata = isRecord(document) ? document["metadata"] : undefined;
  const uid = isRecord(metadata) ? metadata["uid"] : undefined;
  return typeof uid === "string" && uid !== "" ? uid : undefined;
}

/** One plain GET. A redirect is an answer like any other: credentials go to this server alone. */
function get(
  url: string,
  agent: Agent,
  { token, serverName }: ClusterAccess,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        agent,
        ...(serverName === undefined ? {} : { servername: serverName }),
        headers: { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.timeout(timeout),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          if ((size += chunk.length) > limit) asked.destroy(new Error("the answer is too long"));
        });
        answer.on("error", reject);
        answer.on("aborted", () => reject(new Error("the answer was cut off")));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    asked.on("error", (error) => reject(error.name === "TimeoutError" ? new Error("no answer in 15 s") : error));
    asked.end();
  });
}
