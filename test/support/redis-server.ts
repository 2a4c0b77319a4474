/** A real Redis for tests: a process of their own on a free port of this machine, ended by its number. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Certificate } from "./certificate.js";
import { installDebianPackage } from "./debian-package.js";
import { Folder } from "./folder.js";
import { freePort } from "./free-port.js";

/** Where `redis-server` is. On Debian, root gets it installed. Throws with what to install where there is none. */
async function findRedis(): Promise<string> {
  const found = installedRedis();
  if (found !== undefined) return found;
  await installDebianPackage("redis-server");
  const installed = installedRedis();
  if (installed !== undefined) return installed;
  throw new Error(
    "These tests need Redis 6.2 or newer: install redis-server (Debian: `apt-get install redis-server`).",
  );
}

function installedRedis(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  return folders.map((folder) => join(folder, "redis-server")).find((file) => existsSync(file));
}

const DEADLINE = 10_000;

export class RedisServer implements AsyncDisposable {
  readonly port: number;
  /** Where it speaks TLS; undefined if it has no certificate. */
  readonly tlsPort: number | undefined;
  readonly #file: string;
  readonly #options: readonly string[];
  readonly #folder = new Folder();
  #process: ChildProcess | undefined;

  private constructor(file: string, port: number, tlsPort: number | undefined, options: readonly string[]) {
    this.#file = file;
    this.port = port;
    this.tlsPort = tlsPort;
    this.#options = options;
  }

  /** Starts one with these options beside those of tests: it keeps nothing on disk. */
  static async start(options: readonly string[] = [], certificate?: Certificate): Promise<RedisServer> {
    const tlsPort = certificate && (await freePort());
    const { certFile, keyFile } = certificate ?? {};
    const files = [`--tls-cert-file ${certFile}`, `--tls-key-file ${keyFile}`, `--tls-ca-cert-file ${certFile}`];
    const tls = certificate ? [`--tls-port ${tlsPort}`, ...files, "--tls-auth-clients no"] : [];
    const all = [...options, ...tls.flatMap((option) => option.split(" "))];
    const server = new RedisServer(await findRedis(), await freePort(), tlsPort, all);
    await server.start();
    return server;
  }

  get url(): `redis://${string}` {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, where it was. */
  async start(): Promise<void> {
    const own = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.#folder.path, "--save", ""];
    this.#process = spawn(this.#file, [...own, ...this.#options], { stdio: "ignore" });
    const end = performance.now() + DEADLINE;
    for (let isUp = false; !isUp; ) {
      if (performance.now() > end || this.#process.exitCode !== null) throw new Error("redis-server does not start.");
      isUp = await this.#answers();
    }
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** What the server says to commands of one line. */
  async command(...lines: readonly string[]): Promise<string> {
    const socket = connect(this.port, "127.0.0.1");
    try {
      return await new Promise<string>((resolve, reject) => {
        let said = "";
        socket.setEncoding("utf8").on("data", (text: string) => {
          said += text;
          if (said.includes("GOODBYE")) resolve(said);
        });
        socket.on("error", reject).on("close", () => resolve(said));
        socket.write(`${[...lines, "ECHO GOODBYE"].join("\r\n")}\r\n`);
      });
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.kill();
    this.#folder[Symbol.dispose]();
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.port, "127.0.0.1");
    return new Promise<boolean>((resolve) => {
      socket.on("error", () => setTimeout(() => resolve(false), 5));
      socket.once("data", (said) => resolve(/^\+PONG|^-NOAUTH/.test(String(said))));
      socket.on("close", () => setTimeout(() => resolve(false), 5));
      socket.write("PING\r\n");
    }).finally(() => socket.destroy());
  }
}

/** Stands between clients and a server, in a thread of its own, and cuts them off. */
export class Cutter implements AsyncDisposable {
  /** Of this machine, where clients find it. */
  readonly port: number;
  readonly #worker: Worker;

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.port = port;
  }

  get url(): `redis://${string}` {
    return `redis://127.0.0.1:${this.port}`;
  }

  static async start(target: number): Promise<Cutter> {
    const worker = new Worker(new URL("./cutter.js", import.meta.url), { workerData: target });
    const port = await new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
    return new Cutter(worker, port);
  }

  /** Cuts all connections, and lets none through until `open`. */
  close(): void {
    this.#worker.postMessage("close");
  }

  open(): void {
    this.#worker.postMessage("open");
  }

  /** Clients that connect from now on get another server, as behind an address that has moved. */
  lead(target: number): void {
    this.#worker.postMessage(target);
  }

  /** Connections that are there say nothing any more, and stay open; new ones get through. */
  silence(): void {
    this.#worker.postMessage("silence");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
