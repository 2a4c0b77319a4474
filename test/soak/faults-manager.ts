/** A manager as the service of a soak of faults: its server is behind a proxy that can cut the lines to it. */
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { activeChildren, Manager, type Process, type QueueProxy } from "heddle/process";
import type { Engine, Service } from "./faults.js";
import { type Access, QUEUE } from "./faults-client.js";

const AUTHKEY = "soak";
/** Milliseconds. A client of a manager waits for its answers for ever, so no silence is for good. */
const LONGEST_SILENCE = 300;

const access: Access = {
  options: { authkey: AUTHKEY },
  queueOptions: {},
  connectsAgain: false,
  keepsTaken: false,
  locks: "held",
  lease: Number.POSITIVE_INFINITY,
  refusal: undefined,
};

/** Connections pass through, until they are cut. */
class CutProxy {
  /** With their other ends. */
  readonly #sockets = new Map<Socket, Socket>();
  readonly #server = createServer((near) => this.#pass(near));
  #target = "";

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(path, resolve));
  }

  leadTo(path: string): void {
    this.#target = path;
  }

  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** For so many milliseconds nobody hears anything by the connections that are there. */
  async silence(milliseconds: number): Promise<void> {
    const silent = [...this.#sockets];
    for (const [socket, other] of silent) socket.unpipe(other);
    await delay(milliseconds);
    for (const [socket, other] of silent) socket.pipe(other);
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #pass(near: Socket): void {
    const far = connect(this.#target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.set(socket, other);
      socket.on("error", () => {}); // `close` follows
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}

/** The process of the manager that was started last. */
function lastServer(): Process {
  const servers = activeChildren().filter(({ name }) => name.startsWith("Manager-"));
  const last = servers.at(-1);
  if (last === undefined) throw new Error("No manager runs.");
  return last;
}

export const managerEngine: Engine = {
  name: "manager",
  async start(folder): Promise<Service> {
    const proxy = new CutProxy();
    let lives = 0;
    let { manager, queue, server } = begin();
    await proxy.listen(join(folder, "proxy"));

    function begin(): { manager: Manager; queue: QueueProxy<string>; server: Process } {
      const path = join(folder, `server-${++lives}`);
      const manager = new Manager({ address: `heddle://${path}`, authkey: AUTHKEY });
      proxy.leadTo(path);
      return { manager, queue: manager.queue<string>(0, { name: QUEUE }), server: lastServer() };
    }

    return {
      urls: [`heddle://${join(folder, "proxy")}`],
      access,
      isLasting: false,
      longPause: 0,
      patience: 30_000,
      cut: async () => proxy.cut(),
      silence: (random) => proxy.silence(random.below(LONGEST_SILENCE)),
      signal(signal) {
        process.kill(server.pid ?? 0, signal);
      },
      async restart() {
        server.kill();
        await server.joinAsync();
        ({ manager, queue, server } = begin());
      },
      waiting: async () => queue.qsize(),
      async end() {
        proxy.close();
        await manager.shutdownAsync();
      },
    };
  },
};
