/** A real RabbitMQ for tests: processes of their own on free ports of this machine, ended by their numbers. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { installDebianPackage } from "./debian-package.js";
import { Folder } from "./folder.js";
import { freePort } from "./free-port.js";

/** The one on the PATH changes the user, and wants folders of the system. */
const SERVERS = ["/usr/lib/rabbitmq/bin/rabbitmq-server"];
/** Milliseconds: it takes some seconds where nothing else is at work. */
const DEADLINE = 120_000;

/** Where the server is, and what tells nodes of Erlang of each other. On Debian, root gets both installed. */
async function findRabbit(): Promise<{ server: string; epmd: string }> {
  const found = installedRabbit();
  if (found !== undefined) return found;
  await installDebianPackage("rabbitmq-server");
  const installed = installedRabbit();
  if (installed !== undefined) return installed;
  throw new Error(
    "These tests need RabbitMQ 3.10 or newer: install rabbitmq-server (Debian: `apt-get install rabbitmq-server`).",
  );
}

function installedRabbit(): { server: string; epmd: string } | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  const find = (name: string): string[] => folders.map((folder) => join(folder, name));
  const server = [...SERVERS, ...find("rabbitmq-server")].find((file) => existsSync(file));
  const epmd = find("epmd").find((file) => existsSync(file));
  return server === undefined || epmd === undefined ? undefined : { server, epmd };
}

/** Ends it at once, as a crash does. */
async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Whether something at the port answers, with what begins so. */
async function answers(port: number, question: Uint8Array, answer: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise<boolean>((resolve) => {
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.setTimeout(2000, () => resolve(false));
    socket.once("data", (said) => resolve(said[0] === answer));
    socket.write(question);
  }).finally(() => socket.destroy());
}

const AMQP = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1);
const METHOD_FRAME = 1;
/** What epmd is asked for, and answers with its port. */
const NAMES = Uint8Array.of(0, 1, 0x6e);

export class RabbitServer implements AsyncDisposable {
  readonly port: number;
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: Folder;
  readonly #epmd: ChildProcess;
  #process: ChildProcess | undefined;
  #started = 0;
  #told = 0;

  private constructor(file: string, port: number, env: NodeJS.ProcessEnv, folder: Folder, epmd: ChildProcess) {
    this.#file = file;
    this.port = port;
    this.#env = env;
    this.#folder = folder;
    this.#epmd = epmd;
  }

  static async start(): Promise<RabbitServer> {
    const found = await findRabbit();
    const folder = new Folder({
      "rabbitmq.conf": `log.file.level = error\ndisk_free_limit.absolute = 1MB\nraft.wal_max_size_bytes = 32000000\n`,
      enabled_plugins: "[].\n",
    });
    const [port, distribution, epmdPort] = [await freePort(), await freePort(), await freePort()];
    const epmdArgs = ["-port", `${epmdPort}`, "-address", "127.0.0.1"];
    const epmd = spawn(found.epmd, epmdArgs, { stdio: "ignore" });
    // Otherwise the server starts one of its own, which would stay.
    const end = performance.now() + DEADLINE;
    while (!(await answers(epmdPort, NAMES, 0))) {
      if (performance.now() > end) {
        await kill(epmd);
        throw new Error("epmd does not start.");
      }
      await pause(5);
    }
    const env = {
      ...process.env,
      HOME: folder.path,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: `${epmdPort}`,
      RABBITMQ_CONF_ENV_FILE: folder.file("none"),
      RABBITMQ_CONFIG_FILE: folder.file("rabbitmq"),
      RABBITMQ_ENABLED_PLUGINS_FILE: folder.file("enabled_plugins"),
      RABBITMQ_NODENAME: `heddle-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${distribution}`,
      RABBITMQ_MNESIA_BASE: folder.file("data"),
      RABBITMQ_LOG_BASE: folder.file("log"),
      RABBITMQ_PID_FILE: folder.file("pid"),
      // Threads of Erlang that look for work take it from others, on a machine with few cores.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
      // No shell stands between, and what it is told comes by its input.
      RABBITMQ_ALLOW_INPUT: "1",
    };
    const server = new RabbitServer(found.server, port, env, folder, epmd);
    try {
      await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): `amqp://${string}` {
    return `amqp://127.0.0.1:${this.port}`;
  }

  /** Starts it again, where it was, with what it has on disk. */
  async start(): Promise<void> {
    let said = "";
    const child = spawn(this.#file, [], { env: this.#env, cwd: this.#folder.path, stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    const hear = (text: string): void => {
      said = (said + text).slice(-4000);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.stdin.on("error", () => {}); // it has ended
    const end = performance.now() + DEADLINE;
    while (!(await answers(this.port, AMQP, METHOD_FRAME))) {
      if (performance.now() > end || child.exitCode !== null)
        throw new Error(`rabbitmq-server does not start: ${said}`);
      await pause(20);
    }
    this.#started = performance.now();
  }

  /** Milliseconds since it has started, this time. */
  get age(): number {
    return performance.now() - this.#started;
  }

  async kill(): Promise<void> {
    await kill(this.#process);
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Lets the server do something, in Erlang. Resolves when that is done. */
  async tell(expression: string): Promise<void> {
    const child = this.#process;
    if (child === undefined) throw new Error("The server was never started.");
    const told = `told ${++this.#told} times`;
    let said = "";
    const done = new Promise<void>((resolve) => {
      child.stdout?.on("data", (text: string) => {
        said += text;
        if (said.includes(told)) resolve();
      });
    });
    child.stdin?.write(`${expression}, io:format("told ~b times~n", [${this.#told}]).\n`);
    const late = pause(DEADLINE, undefined, { ref: false }).then(() => {
      throw new Error(`The server does not do ${expression}: ${said}`);
    });
    await Promise.race([done, late]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.kill();
    await kill(this.#epmd);
    this.#folder[Symbol.dispose]();
  }
}
