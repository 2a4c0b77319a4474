/**
 * Items on their way to a client. The server hands out what it is given credit for: as much as is waited for at the moment,
 * or as many as the client wants before it asks. So nothing lies at a client that others could do meanwhile. One consumer at
 * a time has the credit; an item that is reported would give it some, so that it is ended before if nobody waits.
 */
import { ConnectionClosedError, Empty, StateError } from "../../errors.js";
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { type Call, Cancelled } from "../engine/engine-thread.js";
import { declareAgain, queueName } from "./declaring.js";
import type { Channel, Message } from "./driver.js";
import { Lane, type OpenLane } from "./lane.js";
import { unlessAborted } from "./putting.js";
import type { Handed, QueueSubject } from "./rabbit-messages.js";
import { FIRST_PAUSE, LONGEST_PAUSE, refusalIn, type Session } from "./session.js";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** The protocol's own limit is a little more. */
const MOST_CREDIT = 60_000;
const NOT_FOUND = 404;
/** Milliseconds that an item for which nobody waits any more stays for the next one who does. */
const STAYS = 50;
/** Milliseconds without an item after which a consumer is replaced. */
const REFRESH_AFTER = 3000;
/** Milliseconds that the end of a timeout may be put off by a server that does not answer. */
const SHORT = 500;

/** An item that was handed to this client, and is not reported. */
interface Taken extends Handed {
  readonly message: Message;
  readonly lane: OpenLane<Channel>;
  /** Undefined: it was asked for by itself. */
  readonly consumer: Consumer | undefined;
}

interface Consumer {
  readonly tag: string;
  readonly lane: OpenLane<Channel>;
  /** How many more items the server hands out, unless some of its are reported. */
  credit: number;
}

/** Who waits for an item. */
interface Getter {
  settle(taken: Taken): void;
  fail(error: Error): void;
}

/** What becomes of items in hand: the server is told, in a moment. */
interface Report {
  readonly taken: Taken;
  readonly as: "done" | "giveBack" | "setAside";
}

export class Taking {
  readonly #session: Session;
  readonly #subject: QueueSubject;
  readonly #lane: Lane<Channel>;
  readonly #getters = new Set<Getter>();
  /** What came before anybody asked, or after. */
  readonly #early: Taken[] = [];
  readonly #inHand = new Map<number, Taken>();
  #reports: Report[] = [];
  #consumer: Consumer | undefined;
  /** What consumers are given at first. */
  readonly #prefetch = new WeakMap<OpenLane<Channel>, number>();
  #numbers = 0;
  #work: Promise<void> | undefined;
  #isWanted = false;
  #isMissing = false;
  #isStale = false;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE;
  #giveBackTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, subject: QueueSubject) {
    this.#session = session;
    this.#subject = subject;
    this.#lane = new Lane(session, {
      open: ({ takes }) => takes.createChannel(),
      ended: (lane, reason) => this.#ended(lane, reason),
    });
  }

  /** The next item for this client. @throws Empty @throws Cancelled @throws StateError */
  async get(call: Call): Promise<Handed> {
    const [timeout] = call.args as [number];
    const early = this.#early.shift();
    if (early !== undefined) return this.#handed(early);
    return timeout > 0 ? this.#await(timeout, call.cancelled) : this.#handed(await this.#look(this.#session.soon()));
  }

  /** What is to become of an item that this client took. Nothing, if the connection was lost since: it comes again. */
  report(id: number, as: Report["as"]): Promise<void> {
    const taken = this.#inHand.get(id);
    this.#inHand.delete(id);
    if (taken === undefined || taken.lane.isGone) return Promise.resolve();
    this.#reports.push({ taken, as });
    return this.#balance();
  }

  /** Somebody waits, or has an item. What came before anybody asked is nobody's. */
  get isBusy(): boolean {
    return this.#getters.size > 0 || this.#inHand.size > this.#early.length || this.#work !== undefined;
  }

  close(): void {
    clearTimeout(this.#refreshTimer);
    this.#lane.close();
  }

  async #await(timeout: number, cancelled: AbortSignal): Promise<Handed> {
    const end = performance.now() + timeout;
    const { getter, found } = this.#enlist();
    try {
      return this.#handed(await unlessAborted(inTime(found, end), cancelled));
    } catch (error) {
      if (!(error instanceof Late || error instanceof Cancelled)) throw error;
      const isLate = error instanceof Late;
      const last = await (isLate ? this.#leave(getter, found) : this.#quit(getter, found));
      if (!isLate) throw error;
      if (last === undefined) throw new Empty("The queue is empty.");
      return this.#handed(last);
    }
  }

  #enlist(): { getter: Getter; found: Promise<Taken> } {
    let getter: Getter | undefined;
    const found = new Promise<Taken>((settle, fail) => {
      getter = { settle, fail };
      this.#getters.add(getter);
    });
    void this.#balance();
    return { getter: getter as unknown as Getter, found };
  }

  /** Nobody waits any more: what has come meanwhile is for the next one. */
  async #quit(getter: Getter, found: Promise<Taken>): Promise<undefined> {
    if (!this.#getters.delete(getter)) this.#keep(await found);
    void this.#balance();
  }

  /** The time is up. What has come, or is there, nevertheless. */
  async #leave(getter: Getter, found: Promise<Taken>): Promise<Taken | undefined> {
    if (!this.#getters.delete(getter)) return found;
    void this.#balance();
    try {
      return await this.#look(performance.now() + SHORT);
    } catch (error) {
      if (error instanceof Empty || error instanceof ConnectionClosedError) return this.#early.shift();
      throw error;
    }
  }

  /** An item that is there at this moment. @throws Empty @throws ConnectionClosedError */
  async #look(deadline: number): Promise<Taken> {
    for (;;) {
      let lane: OpenLane<Channel> | undefined;
      try {
        lane = await this.#lane.opened(deadline);
        const { channel, link } = lane;
        const asked = link.answered(channel.get(queueName(this.#subject)));
        const open = lane;
        // What comes after the deadline is for nobody.
        let isLate = false;
        const taken = asked.then((message) => {
          const early = message === false ? undefined : this.#take(message, open, undefined);
          if (isLate && early !== undefined) this.#keep(early);
          return early;
        });
        taken.catch(() => {});
        const found = await inTime(taken, deadline).catch((error) => {
          isLate = true;
          throw error;
        });
        if (found !== undefined) return found;
        throw new Empty("The queue is empty.");
      } catch (error) {
        if (error instanceof Late) throw new ConnectionClosedError("RabbitMQ did not answer in time.");
        if ((error as { readonly code?: unknown }).code === NOT_FOUND) {
          await declareAgain(this.#session, this.#subject, deadline);
          continue;
        }
        const refusal = refusalIn(error);
        if (refusal !== undefined) throw refusal;
        if (lane === undefined || !(lane.isGone || lane.link.isGone)) throw error;
        await pauseFor(FIRST_PAUSE);
      }
    }
  }

  #handed({ id, value, deliveries }: Handed): Handed {
    return { id, value, deliveries };
  }

  #take(message: Message, lane: OpenLane<Channel>, consumer: Consumer | undefined): Taken {
    const taken: Taken = {
      id: ++this.#numbers,
      value: new Uint8Array(message.content),
      deliveries: deliveriesOf(message),
      message,
      lane,
      consumer,
    };
    this.#inHand.set(taken.id, taken);
    return taken;
  }

  /** For the next one who asks. */
  #keep(taken: Taken): void {
    if (taken.lane.isGone) return;
    const [getter] = this.#getters;
    if (getter !== undefined) {
      this.#getters.delete(getter);
      return getter.settle(taken);
    }
    this.#early.push(taken);
    this.#giveBackTimer ??= setTimeout(() => this.#giveSurplusBack(), STAYS).unref();
  }

  #giveSurplusBack(): void {
    this.#giveBackTimer = undefined;
    for (const { id } of this.#early.splice(this.#subject.prefetch)) void this.report(id, "giveBack");
  }

  #ended(lane: OpenLane<Channel>, reason: Error | undefined): void {
    if (this.#consumer?.lane === lane) this.#consumer = undefined;
    if ((reason as { readonly code?: unknown } | undefined)?.code === NOT_FOUND) this.#isMissing = true;
    for (const [id, taken] of this.#inHand) if (taken.lane === lane) this.#inHand.delete(id);
    const early = this.#early.splice(0).filter((taken) => taken.lane !== lane);
    this.#early.push(...early);
    void this.#balance();
  }

  /** Resolves when the server has been told all that there is to tell. */
  #balance(): Promise<void> {
    this.#isWanted = true;
    this.#work ??= this.#settle();
    return this.#work;
  }

  /** One step after the other, until nothing is to be done. */
  async #settle(): Promise<void> {
    while (this.#isWanted && !this.#session.isClosed) {
      // Who reports an item and asks for the next one at the same time is one who waits.
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#isWanted = false;
      try {
        await this.#step();
        this.#refreshLater();
        this.#pause = FIRST_PAUSE;
      } catch (error) {
        this.#isWanted = true;
        // A missing queue is declared again, unless somebody else has declared it otherwise.
        const refusal = this.#isMissing && !(error instanceof StateError) ? undefined : refusalOf(error);
        if (refusal !== undefined) for (const getter of this.#getters) getter.fail(refusal);
        if (refusal !== undefined) this.#getters.clear();
        await pauseFor(this.#pause);
        this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
      }
    }
    this.#work = undefined; // at once: who wants something from here on begins anew
  }

  /** A queue that is deleted and made again at once may have no consumer any more, of which the server says nothing. */
  #refreshLater(): void {
    clearTimeout(this.#refreshTimer);
    if (this.#consumer === undefined || this.#getters.size === 0) return;
    this.#refreshTimer = setTimeout(() => {
      this.#isStale = true;
      void this.#balance();
    }, REFRESH_AFTER).unref();
  }

  /** Begins anew, with a channel of its own if nothing is in hand: it may have items that the server keeps to itself. */
  async #refresh(consumer: Consumer): Promise<void> {
    await this.#end(consumer);
    const { lane } = consumer;
    if (lane.isGone || this.#inHand.size > 0 || this.#reports.length > 0) return;
    lane.isGone = true; // nobody is to begin anything there any more
    await lane.link.answered(lane.channel.close());
  }

  async #step(): Promise<void> {
    if (this.#isStale && this.#consumer !== undefined) await this.#refresh(this.#consumer);
    this.#isStale = false;

    const reports = this.#reports;
    this.#reports = [];
    const current = this.#consumer;
    const given = reports.filter(({ taken }) => current !== undefined && taken.consumer === current).length;
    if (current !== undefined && current.credit + given > this.#most) await this.#end(current);
    for (const report of reports) this.#tell(report);
    if (this.#consumer !== undefined) this.#consumer.credit += given;
    if ((this.#consumer?.credit ?? 0) >= Math.min(MOST_CREDIT, this.#getters.size)) return;
    if (this.#consumer !== undefined) await this.#end(this.#consumer);
    if (this.#getters.size > 0) await this.#consume();
  }

  /** How many items may come at the moment. */
  get #most(): number {
    return Math.min(MOST_CREDIT, Math.max(this.#getters.size, this.#subject.prefetch));
  }

  #tell({ taken: { lane, message }, as }: Report): void {
    if (lane.isGone) return;
    try {
      if (as === "done") lane.channel.ack(message);
      else lane.channel.nack(message, false, as === "giveBack");
    } catch {
      // The channel has ended: the item comes again.
    }
  }

  async #consume(): Promise<void> {
    if (this.#isMissing) await declareAgain(this.#session, this.#subject, this.#session.soon());
    this.#isMissing = false;
    const lane = await this.#lane.opened(FOR_EVER);
    const { channel, link } = lane;
    if (this.#getters.size === 0) return;
    const credit = this.#most;
    const consumer: Consumer = { tag: `${++this.#numbers}`, lane, credit };
    this.#consumer = consumer;
    try {
      const isKnown = this.#prefetch.get(lane) === credit;
      this.#prefetch.set(lane, credit); // if the server refuses, the lane has ended
      if (!isKnown) await link.answered(channel.prefetch(credit));
      const hear = (message: Message | null): void => this.#hear(message, consumer);
      await link.answered(channel.consume(queueName(this.#subject), hear, { consumerTag: consumer.tag }));
    } catch (error) {
      if (this.#consumer === consumer) this.#consumer = undefined;
      throw error;
    }
  }

  /** What comes until the server has heard it still counts. */
  async #end(consumer: Consumer): Promise<void> {
    this.#consumer = undefined;
    const { channel, link } = consumer.lane;
    if (!consumer.lane.isGone) await link.answered(channel.cancel(consumer.tag));
  }

  #hear(message: Message | null, consumer: Consumer): void {
    if (message === null) {
      if (this.#consumer === consumer) this.#consumer = undefined;
      this.#isMissing = true;
      return void this.#balance();
    }
    consumer.credit--;
    this.#keep(this.#take(message, consumer.lane, consumer));
  }
}

/** An error that asking again does not end. */
function refusalOf(error: unknown): Error | undefined {
  return error instanceof StateError || error instanceof ConnectionClosedError ? error : refusalIn(error);
}

/** Quorum queues count; others know whether anybody had it. */
function deliveriesOf({ properties: { headers }, fields: { redelivered } }: Message): number {
  const count = headers?.["x-delivery-count"];
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0)
    return Math.max(count + 1, redelivered ? 2 : 1);
  return redelivered ? 2 : 1;
}
