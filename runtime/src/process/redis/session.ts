/** A client's connections to Redis: opened again when they are lost, until nobody wants them. */
import { AuthenticationError, ConnectionClosedError, StateError } from "../../errors.js";
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { shownAddress } from "../shown-address.js";
import { type Argument, type DriverName, loadDriver, type Open, type Reply, type Wire } from "./driver.js";
import { NO_MEMORY } from "./redis-messages.js";
import { channelOf, type Script, scripts } from "./script.js";

/** How to reach the server. */
export interface SessionPlan {
  readonly url: string;
  readonly driver: DriverName | undefined;
  readonly tls: object | undefined;
  /** Milliseconds that a call which waits for nothing else waits for the server. */
  readonly patience: number;
  /** The client's own name. */
  readonly client: string;
}

/** What asking may mean. */
export interface Asking {
  /** To do it twice is as good as once: it is asked again when the connection was lost. */
  readonly again: boolean;
  /** A moment of `performance.now()`. */
  readonly deadline: number;
}

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1000;
const OLDEST_SERVER = [6, 2] as const;
/** Refusals of a server that is not, or not yet, the one to ask: nothing was done. */
const ELSEWHERE = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN|UNBLOCKED|BUSY) /;
const REFUSED = /^-?[A-Z]{2,}[A-Z0-9_]* /;
/** What servers before 7.0 put before the refusal of a command in a script. */
const IN_SCRIPT = /^-?ERR Error running script \(call to \w+\): (?:@\w+: ?\d+: )+-(?=[A-Z]{2,}[A-Z0-9_]* )/;

/** A pair of connections: one for commands, one for words from others. */
interface Link {
  readonly commands: Wire;
  readonly news: Wire;
  /** Answers that are awaited, with the moments at which they were asked for. */
  readonly awaited: Set<{ readonly since: number }>;
  isGone: boolean;
}

export class Session {
  readonly plan: SessionPlan;
  #open: Promise<Open> | undefined;
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  #isClosed = false;
  /** The server is new enough. */
  #isKnown = false;
  readonly #ears = new Map<string, () => void>();
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
    if (this.#link !== undefined) this.#lose(link);
    this.#link ??= link;
    return this.#link;
  }

  /** @throws StateError */
  async #checkVersion(commands: Wire): Promise<void> {
    const info = String(await commands.send(["INFO", "server"]));
    const version = /redis_version:((\d+)\.(\d+)[\d.]*)/.exec(info);
    const [, whole = "an unknown version", major, minor] = version ?? [];
    if (Number(major) > OLDEST_SERVER[0] || (Number(major) === OLDEST_SERVER[0] && Number(minor) >= OLDEST_SERVER[1])) {
      return;
    }
    throw new StateError(`Redis ${OLDEST_SERVER.join(".")} or newer is needed; ${this.#shown} has ${whole}.`);
  }

  /** Milliseconds from now at which a call that waits for nothing else gives up. */
  soon(): number {
    return performance.now() + this.plan.patience;
  }

  /**
   * Runs a script.
   * @throws Late the server did not answer in time
   * @throws ConnectionClosedError the connection was lost, and nobody knows whether it was done
   * @throws StateError the server refuses it
   */
  async run(script: Script, keys: readonly string[], args: readonly Argument[], asking: Asking): Promise<Reply> {
    const count = String(keys.length);
    const send = async (wire: Wire): Promise<Reply> => {
      try {
        return await wire.send(["EVALSHA", script.sha, count, ...keys, ...args]);
      } catch (error) {
        if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
        return wire.send(["EVAL", script.lua, count, ...keys, ...args]);
      }
    };
    for (;;) {
      const link = this.#link ?? (await this.#linked(asking.deadline));
      const awaited = { since: performance.now() };
      link.awaited.add(awaited);
      // Also when nobody waits for it any more: a call's patience ends before anybody looks whether the server still answers.
      const answer = send(link.commands).finally(() => link.awaited.delete(awaited));
      try {
        return await inTime(answer, asking.deadline);
      } catch (error) {
        if (error instanceof Late) throw error;
        const message = messageOf(error).replace(IN_SCRIPT, "");
        if (ELSEWHERE.test(message)) {
          this.#lose(link);
          await pauseFor(FIRST_PAUSE);
        } else if (REFUSED.test(message)) {
          throw refusal(message);
        } else {
          this.#lose(link);
          if (!asking.again) {
            throw new ConnectionClosedError(
              "The connection to Redis was lost in the middle of a call: whether it was done is not known.",
            );
          }
        }
      }
    }
  }

  /** The word for this ticket, which also comes when the connection is another one. `stop` when nobody listens any more. */
  listen(ticket: string): { readonly heard: Promise<void>; stop(): void } {
    const heard = new Promise<void>((resolve) => this.#ears.set(ticket, resolve));
    return { heard, stop: () => void this.#ears.delete(ticket) };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watchdog);
    if (this.#link !== undefined) this.#lose(this.#link);
  }

  /** @throws Late */
  async #linked(deadline: number): Promise<Link> {
    if (this.#isClosed) throw new ConnectionClosedError("The connection to Redis is closed.");
    this.#connecting ??= this.#connectAgain().finally(() => {
      this.#connecting = undefined;
    });
    return inTime(this.#connecting, deadline);
  }

  async #connectAgain(): Promise<Link> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        return this.#adopt(await this.#connect());
      } catch (error) {
        if (this.#isClosed || !(error instanceof ConnectionClosedError)) throw error;
        await pauseFor(pause);
      }
    }
  }

  async #connect(): Promise<Link> {
    const { url, tls, patience, client } = this.plan;
    const wires: Wire[] = [];
    let link: Link | undefined;
    let isOver = false;
    const ended = (): void => {
      if (link !== undefined) this.#lose(link);
    };
    this.#open ??= loadDriver(this.plan.driver);
    const opener = await this.#open;
    const open = async (): Promise<Wire> => {
      const wire = await opener({ url, tls, patience }, ended);
      if (isOver) {
        wire.close();
        throw new Late();
      }
      wires.push(wire);
      return wire;
    };
    try {
      return await inTime(
        (async () => {
          const commands = await open();
          const news = await open();
          if (!this.#isKnown) await this.#checkVersion(commands);
          this.#isKnown = true;
          await Promise.all(scripts.map(({ lua }) => commands.send(["SCRIPT", "LOAD", lua])));
          await news.subscribe(channelOf(client), (ticket) => this.#ears.get(ticket)?.());
          link = { commands, news, awaited: new Set(), isGone: false };
          // What was said meanwhile is lost: whoever waits looks again.
          for (const hear of [...this.#ears.values()]) hear();
          return link;
        })(),
        performance.now() + patience,
      );
    } catch (error) {
      isOver = true; // what opens from here on is for nobody
      for (const wire of wires) wire.close();
      throw this.#failure(error);
    }
  }

  #lose(link: Link): void {
    if (link.isGone) return;
    link.isGone = true;
    if (this.#link === link) this.#link = undefined;
    link.commands.close();
    link.news.close();
    // Who waits for a word hears none here: each asks again, which connects.
    for (const hear of [...this.#ears.values()]) hear();
  }

  /** A server, or a network, that says nothing for so long is as good as gone. */
  #watch(): void {
    const link = this.#link;
    const [oldest] = link?.awaited ?? [];
    if (link !== undefined && oldest !== undefined && performance.now() - oldest.since > this.plan.patience) {
      this.#lose(link);
    }
  }

  get #shown(): string {
    return shownAddress(this.plan.url);
  }

  #failure(error: unknown): Error {
    if (error instanceof StateError) return error;
    const message = messageOf(error);
    if (/WRONGPASS|NOAUTH|invalid password|without any password|NOPERM/i.test(message)) {
      return new AuthenticationError(`${this.#shown} does not accept the name or password of the address: ${message}`);
    }
    if (REFUSED.test(message) && !ELSEWHERE.test(message)) return refusal(message);
    const why = error instanceof Late ? `it does not answer within ${this.plan.patience} ms` : message;
    return new ConnectionClosedError(`No connection to ${this.#shown}: ${why}.`);
  }
}

function refusal(message: string): StateError {
  if (message.startsWith("OOM")) return new StateError(`${NO_MEMORY}, and changed nothing: ${message}`);
  return new StateError(`Redis refuses this: ${message}`);
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
