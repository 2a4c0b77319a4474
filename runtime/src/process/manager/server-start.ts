/** How a manager's server starts: in a process of its own, which tells where it listens. */
import { randomBytes } from "node:crypto";
import { checkOptions } from "../../deadline.js";
import { StateError } from "../../errors.js";
import { halfPipe } from "../connection.js";
import { VALUE } from "../frames.js";
import { privatePath, removeAtExit } from "../private-path.js";
import { Process } from "../process.js";
import { decodeFromProcess } from "../process-codec.js";
import { addressOf, type Target, targetOf } from "./address.js";
import { clientOf, type ManagerClient, type Place } from "./manager-client.js";
import { type ManagerPlan, type Started, serveManager } from "./manager-process.js";
import type { ManagedType } from "./served-manager.js";

const KEY_BYTES = 32;

/** Options of a manager. */
export interface ManagerOptions {
  /**
   * Where it listens: `heddle://host:port` (port 0: any) or `heddle:///path/of/a/socket`; by default a socket that only
   * this user can open.
   */
  readonly address?: string | undefined;
  /** The secret that its clients know; by default a random one, which its proxies take along. */
  readonly authkey?: string | Uint8Array | undefined;
  /**
   * Clients come by TLS: options of `tls.createServer` that can be sent to another process, as `cert` and `key`. Where the
   * manager listens is a host and a port then.
   */
  readonly tls?: object | undefined;
  /**
   * How this process, and whoever gets one of its proxies, connects then: options of `tls.connect`. By default only the
   * certificate of `tls`, or its `ca`, is accepted.
   */
  readonly clientTls?: object | undefined;
}

let managers = 0;

/**
 * Starts a server that makes instances of these classes; blocks until it listens.
 * @throws RangeError @throws StateError @throws Error the server cannot listen there
 */
export function startServer(
  { address, authkey, tls, clientTls }: ManagerOptions,
  types: ReadonlyMap<string, ManagedType>,
): { readonly client: ManagerClient; readonly process: Process<never> } {
  const key = authkey === undefined ? new Uint8Array(randomBytes(KEY_BYTES)) : keyOf(authkey);
  const own = address === undefined ? privatePath() : undefined;
  const target = own === undefined ? targetOf(address ?? "") : { path: own.path };
  checkTls(tls, target);
  if (tls === undefined && clientTls !== undefined) throw new TypeError("clientTls goes with tls: { cert, key }.");
  const plan: ManagerPlan = { target, folder: own?.folder, key, tls, types };
  const { line, far } = halfPipe();
  const process = new Process({
    target: serveManager,
    args: [far, plan],
    name: `Manager-${++managers}`,
    daemon: true,
  }) as unknown as Process<never>;
  try {
    process.start();
    if (own?.folder !== undefined) removeAtExit(own.folder); // the server does that itself, unless something kills it
    line.read();
    line.wait(Number.POSITIVE_INFINITY, line.hasNews);
    const message = line.peek();
    if (message?.[0] !== VALUE) throw new StateError("The manager's server ended before it listened.");
    const started = decodeFromProcess(message.subarray(1)) as Started;
    if ("error" in started) throw started.error;
    const place: Place = { address: addressOf(started.target), key, tls: clientTls ?? trusting(tls) };
    return { client: clientOf(place), process };
  } catch (error) {
    far.close();
    if (process.pid !== undefined) process.kill();
    throw error;
  } finally {
    line.close();
  }
}

/** What a client connects with that knows the server's own certificate. */
function trusting(tls: { readonly ca?: unknown; readonly cert?: unknown } | undefined): object | undefined {
  return tls === undefined ? undefined : { ca: tls.ca ?? tls.cert, allowPartialTrustChain: true };
}

/** @throws TypeError it is no object @throws RangeError the target is a socket of this machine */
export function checkTls(tls: unknown, target: Target): void {
  if (tls === undefined) return;
  checkOptions(tls as object, "{ tls: { cert, key } }");
  if ("path" in target) throw new RangeError("A manager has TLS at a host and a port: heddle://127.0.0.1:0.");
}

/** @throws TypeError it is none @throws RangeError it is empty */
export function keyOf(authkey: string | Uint8Array): Uint8Array {
  const isText = typeof authkey === "string";
  if (!isText && !(authkey instanceof Uint8Array)) throw new TypeError("An authkey is a text or a Uint8Array.");
  if (authkey.length === 0) throw new RangeError("An empty authkey keeps nobody out.");
  return new Uint8Array(isText ? Buffer.from(authkey) : authkey);
}
