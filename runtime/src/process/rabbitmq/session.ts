/** A client's connections to RabbitMQ: opened again when they are lost, until nobody wants them. */
import { AuthenticationError, ConnectionClosedError, StateError } from "../../errors.js";
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { shownAddress } from "../shown-address.js";
import { type Connect, type Connection, loadDriver } from "./driver.js";

/** How to reach the server. */
export interface SessionPlan {
  readonly url: string;
  readonly tls: object | undefined;
  /** Milliseconds that a call which waits for nothing else waits for the server. */
  readonly patience: number;
  /** Milliseconds of silence, about, after which either side takes the connection for lost. */
  readonly heartbeat: number;
}

export const FIRST_PAUSE = 25;
export const LONGEST_PAUSE = 1000;
const OLDEST_SERVER = [3, 10] as const;
/** The server, or an operator, ended it: nothing is wrong with what was asked. */
const ENDED = new Set([320, 541]);

/**
 * Two connections: the server stops reading from one that puts when its memory or disk is low, and items that were taken
 * are to be reported nevertheless.
 */
export class Link {
  readonly puts: Connection;
  readonly takes: Connection;
  /** Answers that are awaited, with the moments at which they were asked for. */
  readonly awaited = new Set<{ readonly since: number; readonly isPut: boolean }>();
  isGone = false;
  /** Why the server takes no items at the moment, by its own words. */
  blocked: string | undefined;
  /** Who waits until it does. */
  readonly unblocking = new Set<() => void>();

  constructor(puts: Connection, takes: Connection) {
    this.puts = puts;
    this.takes = takes;
  }

  /** Whoever waits for the server's answer; if there is none for long, the connection is as good as lost. */
  async answered<T>(answer: Promise<T>, isPut = false): Promise<T> {
    const awaited = { since: performance.now(), isPut };
    this.awaited.add(awaited);
    try {
      return await answer;
    } finally {
      this.awaited.delete(awaited);
    }
  }
}

/** A virtual host that is not there. Of a server that has just started, it may come. */
class Elsewhere extends StateError {}

export class Session {
  readonly plan: SessionPlan;
  #driver: Promise<Connect> | undefined;
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  #isClosed = false;
  readonly #watchdog: ReturnType<typeof setInterval>;

  constructor(plan: SessionPlan) {
    this.plan = plan;
    this.#watchdog = setInterval(() => this.#watch(), Math.max(50, plan.patience / 4));
    this.#watchdog.unref();
  }

  /** The first connection. @throws AuthenticationError @throws ConnectionClosedError @throws StateError the server is too old, or there is no driver */
  async start(): Promise<void> {
    if (this.#link === undefined) this.#adopt(await this.#connect());
  }

  /** One is enough: another may have been opened meanwhile. */
  #adopt(link: Link): Link {
    if (this.#link !== undefined) this.lose(link);
    this.#link ??= link;
    return this.#link;
  }

  /** The moment at which a call that waits for nothing else gives up. */
  soon(): number {
    return performance.now() + this.plan.patience;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A link that is not known to be gone. @throws Late @throws AuthenticationError @throws StateError */
  async linked(deadline: number): Promise<Link> {
    if (this.#isClosed) throw gone();
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#connectAgain().finally(() => {
      this.#connecting = undefined;
    });
    return inTime(this.#connecting, deadline);
  }

  /** Ends it, at once. What is awaited there fails. */
  lose(link: Link): void {
    if (link.isGone) return;
    link.isGone = true;
    if (this.#link === link) this.#link = undefined;
    for (const connection of [link.puts, link.takes]) drop(connection);
    for (const hear of [...link.unblocking]) hear();
  }

  /** Says good-bye, so that the server has all that was sent, and hands out again what this client has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watchdog);
    const link = this.#link;
    if (link === undefined) return;
    await Promise.allSettled([link.puts.close(), link.takes.close()]);
    this.lose(link);
  }

  async #connectAgain(): Promise<Link> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        return this.#adopt(await this.#connect());
      } catch (error) {
        if (this.#isClosed || !(error instanceof ConnectionClosedError || error instanceof Elsewhere)) throw error;
        await pauseFor(pause);
      }
    }
  }

  async #connect(): Promise<Link> {
    const { patience } = this.plan;
    this.#driver ??= loadDriver();
    const connect = await this.#driver;
    const opened: Connection[] = [];
    let isOver = false;
    let link: Link | undefined;
    const ended = (): void => {
      if (link === undefined) isOver = true;
      else this.lose(link);
    };
    const open = async (): Promise<Connection> => {
      const connection = await connect(this.#address, { ...this.plan.tls, timeout: patience, noDelay: true });
      connection.on("error", ended);
      connection.on("close", ended);
      if (isOver) drop(connection);
      opened.push(connection);
      return connection;
    };
    try {
      const [puts, takes] = await inTime(Promise.all([open(), open()]), performance.now() + patience);
      this.#checkVersion(puts);
      if (isOver) throw new Error("it ends connections at once");
      link = new Link(puts, takes);
      hearOfBlocks(link);
      return link;
    } catch (error) {
      isOver = true; // what opens from here on is for nobody
      for (const connection of opened) drop(connection);
      throw this.#failure(error);
    }
  }

  /** @throws StateError */
  #checkVersion({ connection }: Connection): void {
    const { product = "something else", version = "" } = connection.serverProperties;
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const [oldest, oldestMinor] = OLDEST_SERVER;
    if (product === "RabbitMQ" && (major > oldest || (major === oldest && minor >= oldestMinor))) return;
    throw new StateError(
      `RabbitMQ ${OLDEST_SERVER.join(".")} or newer is needed; ${this.#shown} has ${product} ${version}.`,
    );
  }

  /** With a heartbeat, unless the program's own says which. */
  get #address(): string {
    const url = new URL(this.plan.url);
    if (!url.searchParams.has("heartbeat"))
      url.searchParams.set("heartbeat", String(Math.ceil(this.plan.heartbeat / 1000)));
    return url.href;
  }

  /** A server, or a network, that says nothing for so long is as good as gone. One that takes no items says so. */
  #watch(): void {
    const link = this.#link;
    if (link === undefined) return;
    for (const { since, isPut } of link.awaited) {
      if (performance.now() - since <= this.plan.patience || (isPut && link.blocked !== undefined)) continue;
      return this.lose(link);
    }
  }

  get #shown(): string {
    return shownAddress(this.plan.url);
  }

  #failure(error: unknown): Error {
    if (error instanceof StateError) return error;
    const message = messageOf(error);
    if (/ACCESS.REFUSED/.test(message)) {
      return new AuthenticationError(`${this.#shown} does not accept the name or password of the address: ${message}`);
    }
    // The driver does not pass on why the server ends a connection at this step.
    if (/ConnectionOpenOk; got .*ConnectionClose/.test(message)) {
      return new Elsewhere(
        `${this.#shown} does not let this user into the virtual host of the address: there is none, or it is not this user's.`,
      );
    }
    const why = error instanceof Late ? `it does not answer within ${this.plan.patience} ms` : message;
    return new ConnectionClosedError(`No connection to ${this.#shown}: ${why}.`);
  }
}

/** At once, with whatever is under way: without an error the driver would not notice. */
function drop({ connection }: Connection): void {
  connection.stream.destroy(new Error("The connection is given up."));
}

function hearOfBlocks(link: Link): void {
  link.puts.on("blocked", (reason) => {
    link.blocked = reason;
  });
  link.puts.on("unblocked", () => {
    link.blocked = undefined;
    for (const hear of [...link.unblocking]) hear();
  });
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The connection to RabbitMQ is closed.");
}

/** What the server said no to; undefined if the connection was lost instead, or the server is about to end. */
export function refusalIn(error: unknown): StateError | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  // An item that was in hand for too long ends its channel, and has nothing to do with what is asked there.
  const isStale = /acknowledgement.* timed out/.test(messageOf(error));
  if (typeof code !== "number" || ENDED.has(code) || isStale) return undefined;
  return new StateError(`RabbitMQ refuses this: ${messageOf(error)}`);
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
