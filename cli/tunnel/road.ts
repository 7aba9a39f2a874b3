import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { forTerminal } from "../../lib/text/terminal";
import { type Point } from "./proxy";
import { roadGone } from "../refusals";

/** Tells a command inside a tunnel by which road the place is reached: its name alone says nothing of what is there. */
export const roadVariable = "FLYWHEEL_ROAD";

/** The way on which a place is reached. */
export interface Road {
  /** Where to connect to, once it answers. @throws UserError `road-gone` where it stays dead for as long as is waited for. */
  ready(): Promise<Point>;
  stop(): Promise<void>;
}

const patience = 60_000;
const pause = 200;

/** A port that somebody else keeps open: whether it answers at all is asked once, and nobody here can start it again. */
export function givenRoad(point: Point): Road {
  let answered = false;
  return {
    ready: async () => {
      answered ||= await answers(point);
      if (answered) return point;
      throw roadGone(`${point.host}:${point.port}`, "nothing answers there");
    },
    stop: () => Promise.resolve(),
  };
}

interface ForwardOptions {
  /** `namespace/service:port`. */
  readonly service: string;
  readonly context?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
}

/** A port-forward by kubectl on a loopback port of its own. One that dies is started again on the same port, for 60 s. */
export async function forwardedRoad({ service, context, environment, tell }: ForwardOptions): Promise<Road> {
  const point = { host: "127.0.0.1", port: await freePort() };
  const [namespace = "", name = "", port = ""] = service.split(/[/:]/);
  const args = [
    ...(context === undefined ? [] : ["--context", context]),
    ...["--namespace", namespace, "port-forward", "--address", "127.0.0.1", `service/${name}`, `${point.port}:${port}`],
  ];
  let child: ChildProcess | undefined;
  let said = "";
  let answered = false;
  let everAnswered = false;
  let stopped = false;
  const start = () => {
    // A process group of its own: Ctrl-C is for the command, which needs the forward until its end.
    answered = false;
    child = spawn("kubectl", args, { env: environment, stdio: ["ignore", "ignore", "pipe"], detached: true });
    child.on("error", (error) => (said = error.message));
    child.stderr?.on("data", (text: Buffer) => (said = forTerminal(text.toString().trim().split("\n").at(-1) ?? said)));
  };
  const isAlive = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const kill = () => {
    if (isAlive()) child?.kill("SIGTERM");
  };
  process.on("exit", kill);
  const comeUp = async (): Promise<Point> => {
    const until = Date.now() + patience;
    for (let told = false; Date.now() < until && !stopped; await sleep(pause)) {
      // Looked at once after each start: kubectl ends by itself when the connection is lost.
      if (isAlive() && (answered ||= await answers(point))) {
        everAnswered = true;
        return point;
      }
      if (isAlive()) continue;
      // A forward that never worked is not started again.
      if (child !== undefined && !everAnswered) break;
      if (!told)
        tell(`kubectl port-forward of ${service} ${everAnswered ? `ended (${said}); it is started again` : "starts"}`);
      told = true;
      start();
    }
    throw roadGone(service, said === "" ? "kubectl port-forward does not answer" : said);
  };
  let coming: Promise<Point> | undefined;
  return {
    // Requests that come while it is down wait for the same restart.
    ready: () => (coming ??= comeUp().finally(() => (coming = undefined))),
    stop: async () => {
      stopped = true;
      process.off("exit", kill);
      if (child === undefined || !isAlive()) return;
      const gone = once(child, "exit");
      kill();
      await gone;
    },
  };
}

function answers({ host, port }: Point): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5_000 });
    const end = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
