import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../../client/host/repository.js";

/** `npm start` as a process of its own, with what it prints. */
export class NpmStart {
  readonly #process: ChildProcess;
  #printed = "";
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;

  /** It uses what is built: other tests run meanwhile and read it. */
  constructor(env: Readonly<Record<string, string>>, ...options: readonly string[]) {
    const script = join("client", "start.ts");
    this.#process = spawn(process.execPath, ["--import", "tsx", script, "--no-build", ...options], {
      cwd: repository,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#printed += text;
      });
    }
    this.ended = new Promise((resolve) => this.#process.once("close", (code, signal) => resolve(signal ?? code)));
  }

  get printed(): string {
    return this.#printed;
  }

  /** Resolves with the address once it is printed. Throws with what was printed instead. */
  address(): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const address = /^ +(http:\S+)$/m.exec(this.#printed)?.[1];
        if (address !== undefined) resolve(address);
      };
      this.#process.stdout?.on("data", look);
      void this.ended.then((end) => reject(new Error(`npm start ended with ${end}.\n${this.#printed}`)));
      look();
    });
  }

  interrupt(): void {
    this.#process.kill("SIGINT");
  }
}
