/** "Hosts" for tests: folders of their own with copies of a program, and workers of pools in them. */
import { type ChildProcess, spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Folder } from "../support/folder.js";
import { heddleBinary } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";

export class Hosts implements AsyncDisposable {
  readonly #files: Readonly<Record<string, string>>;
  readonly #hosts: Host[] = [];

  /** Each has these files. */
  constructor(files: Readonly<Record<string, string>>) {
    this.#files = { "package.json": `{ "type": "module" }`, ...files };
  }

  host(): Host {
    const host = new Host(this.#files);
    this.#hosts.push(host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts) await host[Symbol.asyncDispose]();
  }
}

/** `heddle worker`, and the process that it has started. */
export interface HostWorker {
  readonly command: ChildProcess;
  readonly pid: number;
  /** What it has said of itself so far. */
  said(): string;
}

export class Host implements AsyncDisposable {
  readonly #folder: Folder;
  readonly #workers: HostWorker[] = [];

  constructor(files: Readonly<Record<string, string>>) {
    this.#folder = new Folder(files);
    const modules = fileURLToPath(new URL("node_modules", repositoryRoot));
    symlinkSync(modules, this.file("node_modules"), "junction");
  }

  get path(): string {
    return this.#folder.path;
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  /** Starts a worker with that module, and waits until it waits for tasks. */
  async worker(module: string, url: string, pool: string): Promise<HostWorker> {
    const args = [heddleBinary, "worker", "--url", url, "--module", module, "--pool", pool];
    const command = spawn(process.execPath, args, { cwd: this.path, stdio: ["ignore", "inherit", "pipe"] });
    let said = "";
    const pid = await new Promise<number>((resolve, reject) => {
      command.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const [, found] = /heddle worker (\d+): waiting for tasks/.exec(said) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
      command.once("exit", (code) => reject(new Error(`The worker ended with ${code}: ${said}`)));
    });
    const worker = { command, pid, said: () => said };
    this.#workers.push(worker);
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { command, pid } of this.#workers) {
      if (command.exitCode !== null || command.signalCode !== null) continue;
      const ended = new Promise((resolve) => command.once("exit", resolve));
      process.kill(pid, "SIGKILL");
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }
}
