/**
 * `npm run bench:process`: what it costs to share a number. The order that everybody tells is shared memory before kernel
 * objects before a server process; all take turns, and where there is a python3, its own three beside them. Then, what locks
 * and queues in Redis cost beside bare commands.
 */
import { createServer, Socket } from "node:net";
import { join } from "node:path";
import { main, SharedValue, tasks } from "heddle";
import { type Connection, Manager, Pipe, Process } from "heddle/process";
import { Folder } from "../support/folder.js";
import { endPython, hasPython, python } from "./peers/python.js";
import { type Contestant, figure, median, printConditions, printRace, race, ratio, row, verdict } from "./races.js";
import { redisLock, redisQueue } from "./redis-races.js";

/** Sends back what comes. */
export function echo(connection: Connection): void {
  for (;;) connection.send(connection.recv());
}

/** A server that sends back what comes, with nothing of ours. */
export function echoSocket(path: string): Promise<never> {
  createServer((socket) => socket.on("data", (piece) => socket.write(piece))).listen(path);
  return new Promise(() => {});
}

tasks(import.meta.url, { echo, echoSocket });

const SHARED = "shared memory: SharedValue";
const SOCKET = "kernel object: a bare Unix socket to a process and back";
const PIPE = "kernel object: a Pipe to a process and back";
const BLOCKING = "server process: a manager's value, blocking";
const AWAITED = "server process: a manager's value, awaited";
const PYTHON_SHARED = "shared memory: CPython's Value";
const PYTHON_PIPE = "kernel object: CPython's Pipe to a process and back";
const PYTHON_SERVER = "server process: CPython's Manager().Value";

/** About as long as a call of a manager. */
const MESSAGE = new Uint8Array(40);
const WARM_UP = 20_000;
/** At most so much of the time of the peer. */
const GOALS = [
  { mine: AWAITED, peer: SOCKET, most: 1.5 },
  { mine: BLOCKING, peer: PYTHON_SERVER, most: 1 },
] as const;

const IMPORTS = "from multiprocessing import Manager, Pipe, Process, Value";
const ECHO = "def echo(end):\n    while True: end.send(end.recv())";

function pythons(): Contestant[] {
  if (!hasPython) return [];
  const run = (body: string): string => `${IMPORTS}\n${ECHO}\ndef run(times):\n    for _ in range(times): ${body}`;
  const piped = "mine, theirs = Pipe()\nProcess(target=echo, args=(theirs,), daemon=True).start()";
  return [
    python(PYTHON_SHARED, run("value.value += 1"), "value = Value('i', 0)"),
    python(PYTHON_PIPE, run("mine.send(1); mine.recv()"), piped),
    python(PYTHON_SERVER, run("value.get()"), "value = Manager().Value('i', 0)"),
  ];
}

/** Asks and hears, one time after the other. */
function bareSocket(socket: Socket): Contestant {
  return {
    name: SOCKET,
    async run(times) {
      let left = times;
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          if (--left > 0) return void socket.write(MESSAGE);
          socket.off("data", heard);
          resolve();
        };
        socket.on("data", heard);
        socket.write(MESSAGE);
      });
      return times;
    },
  };
}

async function connected(path: string): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = new Socket();
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false)).connect(path, () => resolve(true));
    });
    if (isUp) return socket;
    if (tries > 500) throw new Error("The bare server does not come up.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

main(import.meta.url, async () => {
  using folder = new Folder();
  const path = join(folder.path, "echo");
  const server = new Process({ target: echoSocket, args: [path], daemon: true });
  server.start();
  const [mine, theirs] = Pipe();
  const echoing = new Process({ target: echo, args: [theirs], daemon: true });
  echoing.start();
  const manager = new Manager();
  const [number, shared] = [manager.value("i32"), new SharedValue("i32", 0)];
  const contestants: Contestant[] = [
    {
      name: SHARED,
      run(times) {
        for (let i = 0; i < times; i++) shared.value += 1;
        return shared.value;
      },
    },
    bareSocket(await connected(path)),
    {
      name: PIPE,
      run(times) {
        for (let i = 0; i < times; i++) {
          mine.send(i);
          mine.recv();
        }
        return times;
      },
    },
    {
      name: BLOCKING,
      run(times) {
        for (let i = 0; i < times; i++) number.get();
        return times;
      },
    },
    {
      name: AWAITED,
      async run(times) {
        for (let i = 0; i < times; i++) await number.getAsync();
        return times;
      },
    },
    ...pythons(),
  ];
  // A server is compiled as it goes; a turn is too short for that.
  for (let i = 0; i < WARM_UP; i++) number.get();
  const rates = await race(contestants);
  const rate = (name: string): number => median(rates.get(name) ?? []);
  row("what", "speed", "one takes");
  row("---", "---:", "---:");
  for (const name of [...rates.keys()].sort((a, b) => rate(b) - rate(a))) {
    row(name, `${figure(rate(name))}/s`, `${figure(1e6 / rate(name))} µs`);
  }
  console.log("");
  row("of a manager", "one takes", "against", "one takes", "ratio", "goal", "");
  row("---", "---:", "---", "---:", "---:", "---:", "---");
  for (const { mine: own, peer, most } of GOALS) {
    const theirRates = rates.get(peer);
    if (theirRates === undefined) continue;
    const times = median((rates.get(own) ?? []).map((each, turn) => (theirRates[turn] ?? each) / each));
    const takes = (name: string): string => `${figure(1e6 / rate(name))} µs`;
    row(own, takes(own), peer, takes(peer), ratio(times), `≤ ${most}×`, verdict(times <= most));
  }
  if (!hasPython) console.log("There is no python3 here to compare with.");
  console.log("");
  row("in a server of Redis", "speed", "against", "speed", "ratio", "goal", "");
  row("---", "---:", "---", "---:", "---:", "---:", "---");
  for (const each of [redisLock, redisQueue]) await printRace(each);
  printConditions();
  endPython();
  for (const child of [server, echoing]) child.kill();
  await manager.shutdownAsync();
  process.exit();
});
