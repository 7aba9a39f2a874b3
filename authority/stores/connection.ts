import { readFileSync } from "node:fs";
import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { BlockList, isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { halfAnIdentity, unreadableCertificates } from "../refusals";

/** How a client proves who it is by TLS, in PEM, and whom it trusts beside the system's roots. */
export interface TlsIdentity {
  readonly cert?: string;
  readonly key?: string;
  /** Alone: where it is given, nobody else is trusted, as the engines' http backend has it. */
  readonly onlyCa?: string;
}

/**
 * TF_HTTP_CLIENT_CERTIFICATE_PEM and its companions, as the engines' http backend reads them.
 * @throws UserError for half a pair, which proves nothing.
 */
export function tlsIdentity(environment: NodeJS.ProcessEnv): TlsIdentity {
  const value = (name: string) => environment[`TF_HTTP_CLIENT_${name}_PEM`] || undefined;
  const [cert, key, onlyCa] = [value("CERTIFICATE"), value("PRIVATE_KEY"), value("CA_CERTIFICATE")];
  if ((cert === undefined) !== (key === undefined))
    throw halfAnIdentity(cert === undefined ? "CERTIFICATE" : "PRIVATE_KEY");
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(onlyCa === undefined ? {} : { onlyCa }),
  };
}

/** The files that name more roots: Node's own, the AWS tools', and the one that the engines read. */
const rootFiles = ["NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "SSL_CERT_FILE"] as const;

/**
 * The agent for requests to one origin: through HTTPS_PROXY or HTTP_PROXY unless NO_PROXY says otherwise, as the engines read them, and with
 * the roots of NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE and SSL_CERT_FILE beside Node's own.
 * @throws UserError for a file of roots that cannot be read.
 */
export function agentFor(
  url: string,
  environment: NodeJS.ProcessEnv,
  { cert, key, onlyCa }: TlsIdentity = {},
): PlainAgent {
  const target = new URL(url);
  const isTls = target.protocol === "https:";
  const ca = isTls ? (onlyCa ?? rootsOf(environment)) : undefined;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const options = { keepAlive: true, maxSockets: 64, ...tls };
  const proxy = proxyFor(target, environment);
  if (proxy === undefined) return isTls ? new TlsAgent(options) : new PlainAgent(options);
  if (!isTls) return new HttpProxyAgent(proxy, options);
  // The agent's options are for the proxy; each request's own are for the server behind it.
  const agent = new HttpsProxyAgent(proxy, options);
  Object.assign(agent.options, tls);
  return agent;
}

/** undefined where there is nothing beyond Node's own roots. */
function rootsOf(environment: NodeJS.ProcessEnv): string[] | undefined {
  const files = rootFiles.flatMap((name) => {
    const file = environment[name];
    return file === undefined || file === "" ? [] : [{ name, file }];
  });
  if (files.length === 0) return undefined;
  return [...rootCertificates, ...new Set(files.map(({ name, file }) => pem(name, file)))];
}

function pem(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadableCertificates(name, file, error);
  }
}

/** The proxy on the way to an address, undefined where the way is straight: always to this machine itself. */
export function proxyFor(target: URL, environment: NodeJS.ProcessEnv): string | undefined {
  const value = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
  const proxy = value(target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === undefined) return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  if (isLoopback(host)) return undefined;
  const excepted = (value("NO_PROXY") ?? "").split(",").some((rule) => exempts(rule.trim().toLowerCase(), host, port));
  if (excepted) return undefined;
  // `proxy:3128` is meant as http, and would be read as a scheme.
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** A rule of NO_PROXY: `*`, an address, a range of them, a domain with everything below it, `.domain` for what is below alone; each with a port or without. */
function exempts(rule: string, host: string, port: string): boolean {
  if (rule === "") return false;
  if (rule === "*") return true;
  const range = /^(.+)\/(\d+)$/.exec(rule);
  if (range !== null) return isInRange(host, range[1] ?? "", Number(range[2]));
  const match = /^\[?([^[\]]+?)\]?(?::(\d+))?$/.exec(rule);
  const [name, wanted] = isIP(rule) !== 0 ? [rule, undefined] : [match?.[1] ?? rule, match?.[2]];
  if (wanted !== undefined && wanted !== port) return false;
  if (isIP(host) !== 0 || isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isInRange(host: string, network: string, bits: number): boolean {
  const version = isIP(host);
  if (version === 0 || isIP(network) !== version || bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}
