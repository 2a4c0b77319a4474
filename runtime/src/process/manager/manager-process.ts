/** The process of a manager's server. */
import { rmSync } from "node:fs";
import process from "node:process";
import { tasks } from "../../tasks.js";
import type { Connection } from "../connection.js";
import type { Target } from "./address.js";
import { ManagerServer } from "./manager-server.js";
import { type ManagedType, ServedManager } from "./served-manager.js";

/** What the server is told. */
export interface ManagerPlan {
  readonly target: Target;
  /** What goes with the socket at the end. */
  readonly folder: string | undefined;
  readonly key: Uint8Array;
  /** Options of `tls.createServer`; undefined: without TLS. */
  readonly tls: object | undefined;
  readonly types: ReadonlyMap<string, ManagedType>;
}

/** How the start went: where it listens, or why it does not. */
export type Started = { readonly target: Target } | { readonly error: unknown };

/** Serves until a client asks for the end, or the process is told to end. */
export async function serveManager(
  starter: Connection,
  { target, folder, key, tls, types }: ManagerPlan,
): Promise<void> {
  if (folder !== undefined) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const ended = new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve);
    // Ctrl-C goes to all processes of a terminal; this one ends after those that may still need it.
    process.on("SIGINT", () => {});
    const serve = async (): Promise<Target> => {
      const make = (own: ManagerServer) => new ServedManager(own, types, () => void setImmediate(resolve));
      return new ManagerServer(key, tls, make).listen(target);
    };
    serve().then(
      (listening) => starter.send({ target: listening } satisfies Started),
      (error: unknown) => {
        starter.send({ error } satisfies Started);
        resolve();
      },
    );
  });
  await ended;
}

// By a name of its own, which every process of this library knows.
tasks("heddle:manager", { serveManager });
