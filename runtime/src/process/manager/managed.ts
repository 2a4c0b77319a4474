/**
 * How proxies travel: to and from the server as the number of their object there, anywhere else with the address and the
 * key of their manager. Client and server say whose messages are being written or read.
 */
import { decodeFromProcess, decodeFromStranger, defineTraveller, encodeForProcess } from "../process-codec.js";

/** A proxy on its way. */
export type Token =
  /** To its server, or from it. */
  | {
      readonly own: number;
      readonly kind: string;
      /** By which the manager knows the object; absent: it has none. */
      readonly name?: string | undefined;
    }
  /** To another process, or to the server of another manager. */
  | {
      readonly id: number;
      readonly kind: string;
      readonly name?: string | undefined;
      /** The server's own name, by which it knows what is its own. */
      readonly server: string;
      readonly address: string;
      readonly key: Uint8Array;
      /** Options of `tls.connect`; undefined: without TLS. */
      readonly tls: object | undefined;
      /** The server keeps the object until who gets this has a proxy. */
      readonly isPinned: boolean;
      /** A stranger's message named the manager. */
      readonly isStrange: boolean;
    };

/** One side of a line between client and server, or what stands in for it where there is none. */
export interface Side {
  /** What it says is a stranger's word. */
  readonly isStrange: boolean;
  /** Undefined: the object is none that this side knows. */
  depart(value: object): Token | undefined;
  arrive(token: Token, isStrange: boolean): object;
}

let current: Side | undefined;
let elsewhere: Side | undefined;

/** What becomes of proxies in messages that are for no manager. */
export function setElsewhere(side: Side): void {
  elsewhere = side;
}

/** Runs what reads or writes messages on that side. */
export function within<T>(side: Side, run: () => T): T {
  const before = current;
  current = side;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Like `encodeForProcess`, from one side of a line to a manager. @throws SerializationError */
export function encodeFor(side: Side, value: unknown, before: number): Uint8Array<ArrayBuffer> {
  return within(side, () => encodeForProcess(value, before));
}

/** Like `decodeFromProcess`, for one side of a line to a manager. */
export function decodeFor(side: Side, message: Uint8Array): unknown {
  return within(side, () => (side.isStrange ? decodeFromStranger(message) : decodeFromProcess(message)));
}

defineTraveller("managed", {
  leave: (value) => current?.depart(value) ?? elsewhere?.depart(value),
  arrive: (data) => known(current ?? elsewhere).arrive(data as Token, false),
  arriveStrange: (data) => known(current ?? elsewhere).arrive(data as Token, true),
});

function known(side: Side | undefined): Side {
  if (side === undefined) throw new Error("No manager is known here.");
  return side;
}
