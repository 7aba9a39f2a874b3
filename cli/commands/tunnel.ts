import { proxyFor } from "../../authority/stores/connection";
import { endpoint } from "../../lib/backend/contract";
import { findContracts } from "../../lib/backend/resolve";
import { runChild } from "../../lib/child";
import { type Configuration, configurationFolder, loadConfiguration, everyStack } from "../../lib/config/load";
import { forTerminal } from "../../lib/text/terminal";
import { noPlaceToReach, wrongOption } from "../refusals";
import { note } from "../terminal";
import { type Point, pointOf, startProxy } from "../tunnel/proxy";
import { forwardedRoad, givenRoad, type Road, roadVariable } from "../tunnel/road";

/** `flywheel tunnel`: runs a command for which the place's host is reached another way; everything else goes straight. */
export async function tunnelCommand(command: readonly string[], { via }: { readonly via?: string }): Promise<void> {
  const [program, ...args] = command[0] === "--" ? command.slice(1) : command;
  if (program === undefined)
    throw wrongOption("tunnel runs a command, and there is none", "flywheel tunnel -- COMMAND");
  const configuration = loadConfiguration(configurationFolder());
  const place = await placeOf(configuration);
  const road = await roadOf(configuration, via);
  const to = forTerminal(`${place.hostname}:${portOf(place)}`);
  try {
    // Before the command: a forward that leads nowhere is refused here, not as the command's own error.
    const { host, port } = await road.ready();
    note(`tunnel: ${to} is reached by ${host}:${port}, everything else straight`);
    const told = new Set<string>();
    const proxy = await startProxy({
      route: async (point) => (isAt(place, point) ? road.ready() : point),
      failed: (point, why) => {
        const what = isAt(place, point)
          ? `the road to ${to} is gone, and nothing is known of the place itself`
          : `${forTerminal(point.host)}:${point.port} is not reached`;
        // Told once, however often the command asks.
        const line = `tunnel: ${what}: ${forTerminal(why)}`;
        if (!told.has(line)) note(line);
        told.add(line);
      },
    });
    try {
      const env = { ...proxied(process.env, proxy.url, place), [roadVariable]: `${host}:${port}` };
      const { exitCode } = await runChild({
        program,
        args,
        env,
        stdin: "ours",
        stdout: "to stdout",
        stderr: "to stderr",
      });
      process.exitCode = exitCode;
    } finally {
      proxy.stop();
    }
  } finally {
    await road.stop();
  }
}

/** The one address behind which states are: the bucket's, else that of the state server. */
async function placeOf(configuration: Configuration): Promise<URL> {
  const { contracts } = await findContracts(configuration, everyStack(configuration), process.env);
  const { s3 } = configuration.organization.state;
  const all = [...contracts.values()].flatMap((contract) => endpoint(contract) ?? []);
  const places = new Map(all.map((address) => new URL(address)).map((url) => [url.origin, url]));
  const [first] = places.values();
  if (places.size === 1 && first !== undefined) return first;
  if (s3 !== undefined && !/[{}]/.test(s3.endpoint)) return new URL(s3.endpoint);
  throw noPlaceToReach(configuration.organization.source.file, [...places.keys()]);
}

async function roadOf(configuration: Configuration, via: string | undefined): Promise<Road> {
  if (via !== undefined) {
    const match = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):(\d{1,5})$/.exec(via);
    const port = Number(match?.[2]);
    if (match === null || port < 1 || port > 65_535)
      throw wrongOption(`--via is "${forTerminal(via)}"`, "a port on this machine, as in 127.0.0.1:9000");
    return givenRoad(pointOf(via, port));
  }
  const { state, source, clusters, defaultEnvironment } = configuration.organization;
  const service = state.s3?.service;
  if (service === undefined)
    throw wrongOption(
      "there is no --via, and no state.s3.service to forward a port to",
      `--via 127.0.0.1:PORT, or state.s3.service: NAMESPACE/SERVICE:PORT in ${source.file}`,
    );
  const { context } = clusters.find(({ name }) => name === defaultEnvironment) ?? {};
  return forwardedRoad({
    service,
    environment: process.env,
    tell: note,
    ...(context === undefined ? {} : { context }),
  });
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function isAt(place: URL, { host, port }: Point): boolean {
  return place.hostname.replace(/^\[|\]$/g, "").toLowerCase() === host && portOf(place) === port;
}

/** The environment with our proxy for everything, and no exception for the place. */
function proxied(environment: NodeJS.ProcessEnv, proxy: string, place: URL): NodeJS.ProcessEnv {
  const { NO_PROXY, no_proxy, ...others } = environment;
  const env: NodeJS.ProcessEnv = others;
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) env[name] = proxy;
  const all = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  for (const [name, value = ""] of Object.entries({ NO_PROXY, no_proxy })) {
    const rules = value.split(",").map((rule) => rule.trim());
    const kept = rules.filter((rule) => rule !== "" && proxyFor(place, { ...all, NO_PROXY: rule }) !== undefined);
    if (kept.length > 0) env[name] = kept.join(",");
  }
  return env;
}
