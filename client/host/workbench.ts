import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./run.js";

/** The folders of one VS Code, apart from every other one on the machine. */
export interface Profile {
  readonly userData: string;
  readonly extensions: string;
}

export interface WorkbenchOptions {
  /** What {@link fetchCodeServer} returned. */
  readonly codeServer: string;
  readonly profile: Profile;
  /** Accept test runs by address, and let tests ask the workbench how far it is. */
  readonly forTests?: boolean;
  /** Open folders in Restricted Mode until somebody trusts them, as VS Code does by itself. */
  readonly restricted?: boolean;
}

/** Settings that keep a VS Code quiet, without telemetry, welcome, sign-in, updates and downloads, and leave files alone. */
export const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.autoUpdate": false,
  // In the browser it is on by default, and trying a fix would change the sample.
  "files.autoSave": "off",
  "git.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  // For each window, npm would be asked for declarations of what has none.
  "typescript.disableAutomaticTypeAcquisition": true,
  "update.mode": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/** Makes a profile's folders below `folder`, with these settings. */
export function createProfile(folder: string, settings: Readonly<Record<string, unknown>>): Profile {
  const profile = { userData: join(folder, "user-data"), extensions: join(folder, "extensions") };
  mkdirSync(profile.extensions, { recursive: true });
  const file = join(profile.userData, "User", "settings.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(settings, undefined, 2));
  return profile;
}

export async function installExtension(codeServer: string, profile: Profile, vsix: string): Promise<void> {
  await run(process.execPath, [
    join(codeServer, "out", "server-main.js"),
    ...folderFlags(profile),
    "--install-extension",
    vsix,
  ]);
}

/**
 * A VS Code that serves its workbench on 127.0.0.1, on a port of its own choice. Whoever may talk to it can run code as
 * this user, so every request must carry a secret that stands in its addresses.
 */
export class Workbench {
  readonly #server: ChildProcess;
  readonly port: number;
  readonly #token: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;

  private constructor(server: ChildProcess, port: number, token: string) {
    this.#server = server;
    this.port = port;
    this.#token = token;
    const kill = () => killGroup(server);
    // Before whoever removes the profile's folders, in which it still writes.
    process.prependOnceListener("exit", kill);
    this.ended = hasEnded(server).finally(() => process.removeListener("exit", kill));
  }

  /** Starts one and resolves when it accepts connections. Throws, with what it printed, if it ends before that. */
  static async start(options: WorkbenchOptions): Promise<Workbench> {
    const { codeServer, profile, forTests = false, restricted = false } = options;
    const token = randomBytes(24).toString("base64url");
    // In a file, because every user of the machine can read the arguments of a process.
    const tokenFile = join(profile.userData, "connection-token");
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const server = spawn(
      process.execPath,
      [
        join(codeServer, "out", "server-main.js"),
        ...["--host", "127.0.0.1", "--port", "0", "--connection-token-file", tokenFile],
        ...["--accept-server-license-terms", "--telemetry-level", "off"],
        ...(restricted ? [] : ["--disable-workspace-trust"]),
        ...(forTests ? ["--enable-smoke-test-driver"] : []),
        ...folderFlags(profile),
      ],
      // A process group of its own: its extension hosts and language servers are stopped with it.
      { stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    return new Workbench(server, await listeningPort(server), token);
  }

  /** The address that opens a folder. `payload` are workbench options, such as the tests to run. */
  address(folder: string, payload: readonly (readonly [string, string])[] = []): string {
    const address = new URL(`http://127.0.0.1:${this.port}/`);
    address.searchParams.set("tkn", this.#token);
    address.searchParams.set("folder", folder);
    if (payload.length > 0) address.searchParams.set("payload", JSON.stringify(payload));
    return address.href;
  }

  /** How the workbench names a file of this machine. */
  remoteUri(file: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${file}`;
  }

  async stop(): Promise<void> {
    // Killed, for there is nothing to save: asked politely, extension hosts wait for a window to come back.
    killGroup(this.#server);
    await this.ended;
  }
}

function folderFlags({ userData, extensions }: Profile): string[] {
  return ["--user-data-dir", userData, "--extensions-dir", extensions, "--server-data-dir", join(userData, "server")];
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

function listeningPort(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const read = (text: string) => {
      printed += text;
      const port = /Extension host agent listening on (\d+)/.exec(printed)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    server.stdout?.setEncoding("utf8").on("data", read);
    server.stderr?.setEncoding("utf8").on("data", read);
    server.once("error", reject);
    server.once("exit", (code, signal) =>
      reject(new Error(`VS Code's server ended with ${code ?? signal} before it listened.\n${printed}`)),
    );
  });
}
