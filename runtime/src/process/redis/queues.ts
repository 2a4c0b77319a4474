/**
 * Queues in Redis. An item that was handed out stays in the queue until it is reported as done, and is handed out again if
 * its client dies: at least once.
 */
import { ConnectionClosedError, Empty, Full, ShutDown } from "../../errors.js";
import type { Call } from "../engine/engine-thread.js";
import { type Engine, entryOf, type Methods } from "./engine.js";
import { type GetOutcome, type PutOutcome, QueueSide, type Taken } from "./queue-side.js";
import { isOutOfMemory, type Subject } from "./redis-messages.js";
import { waitFor } from "./waits.js";

const sides = new Map<string, QueueSide>();

function sideOf(engine: Engine, subject: Subject): QueueSide {
  let side = sides.get(subject.name);
  if (side === undefined) {
    side = new QueueSide(engine, subject);
    sides.set(subject.name, side);
  }
  return side;
}

/** The client has no proxy of it any more. */
export function forgetQueue({ name }: Subject): void {
  const side = sides.get(name);
  if (side === undefined) return;
  side.isForgotten = true;
  endSide(name, side);
}

/** Unless something can still be reported. */
function endSide(name: string, side: QueueSide): void {
  const mayHave = side.inHand.size > 0 || side.gettings > 0;
  if (side.isForgotten && !mayHave && sides.get(name) === side) sides.delete(name);
}

function shutDown(): ShutDown {
  return new ShutDown("The queue was shut down.");
}

async function put(engine: Engine, subject: Subject, call: Call): Promise<void> {
  const [value, timeout, rank] = call.args as [Uint8Array, number, string | Uint8Array];
  const side = sideOf(engine, subject);
  const ticket = engine.ticket();
  const entry = timeout > 0 && subject.maxsize > 0 ? entryOf(engine, ticket) : "";
  let last: Promise<PutOutcome> | undefined;
  /** Of the last question. */
  let isAnswered = false;
  const outcome = await waitFor<"in" | "shut">(engine.session, call, timeout, {
    ticket,
    async ask() {
      isAnswered = false;
      last = side.puts.add({ value, rank, entry });
      const found = await last;
      isAnswered = true;
      return found === "full" ? undefined : found;
    },
    async leave(deadline) {
      await side.run("leavePutting", [entry], true, deadline);
      const found = await last; // also if it was there before this was asked
      return found === "full" ? undefined : found;
    },
  });
  if (outcome === "shut") throw shutDown();
  if (!isAnswered)
    throw new ConnectionClosedError("Redis did not answer in time: whether the item is in the queue is not known.");
  if (outcome === undefined) throw new Full("The queue is full.");
}

/** The next item for this client. @throws Empty @throws ShutDown */
async function get(engine: Engine, subject: Subject, call: Call): Promise<Taken> {
  const [timeout] = call.args as [number];
  const side = sideOf(engine, subject);
  side.isForgotten = false; // who asks for an item has a proxy
  side.gettings++;
  const ticket = engine.ticket();
  const entry = timeout > 0 ? entryOf(engine, ticket) : "";
  let last: Promise<GetOutcome> | undefined;
  let outcome: Taken | "shut" | undefined;
  try {
    outcome = await waitFor<Taken | "shut">(engine.session, call, timeout, {
      ticket,
      async ask() {
        last = side.gets.add(entry).catch((error: unknown) => {
          // Who waits for ever waits for memory, too: idle workers, and pools for their results.
          if (timeout === Number.POSITIVE_INFINITY && isOutOfMemory(error)) return "none";
          throw error;
        });
        const found = await last;
        return found === "none" ? undefined : found;
      },
      async leave(deadline) {
        await side.run("leaveGetting", [entry], true, deadline);
        const found = await last; // also if it was there before this was asked
        return found === "none" ? undefined : found;
      },
      undo: async () => {}, // below
      // What a dead client had becomes free without a word.
      patience: () => Math.min(1000, Math.max(20, subject.lease / 4)),
    });
  } finally {
    side.gettings--;
    endSide(subject.name, side);
    // What comes whenever it comes for nobody is the next one's; it would be renewed for ever.
    last?.then(
      (found) => {
        if (typeof found === "object" && found !== outcome) side.giveBack([found.id]).catch(() => {}); // its lease ends
      },
      () => {},
    );
  }
  if (outcome === "shut") throw shutDown();
  if (outcome === undefined) throw new Empty("The queue is empty.");
  return outcome;
}

async function size(engine: Engine, subject: Subject): Promise<[number, number]> {
  return (await sideOf(engine, subject).run("size", [], true)) as [number, number];
}

export const QUEUE_METHODS: Methods = {
  put: (engine, subject, call) => put(engine, subject, call),
  get: (engine, subject, call) => get(engine, subject, call),
  qsize: async (engine, subject) => (await size(engine, subject))[0],
  full: async (engine, subject) => subject.maxsize > 0 && (await size(engine, subject))[0] >= subject.maxsize,
  async done(engine, subject, { args }) {
    const side = sideOf(engine, subject);
    await side.dones.add(args[0] as Uint8Array);
    endSide(subject.name, side);
  },
  async giveBack(engine, subject, { args }) {
    const side = sideOf(engine, subject);
    await side.giveBack(args as Uint8Array[]);
    endSide(subject.name, side);
  },
  async join(engine, subject, call) {
    const side = sideOf(engine, subject);
    const ticket = engine.ticket();
    const entry = entryOf(engine, ticket);
    await waitFor<true>(engine.session, call, Number.POSITIVE_INFINITY, {
      ticket,
      ask: async (deadline) => ((await side.run("join", [entry], true, deadline)) === 1 ? true : undefined),
      leave: async (deadline) => void (await side.run("joinNoMore", [entry], true, deadline)),
      undo: async () => {},
    });
  },
  shutdown: (engine, subject, { args }) =>
    sideOf(engine, subject).run("shutDown", [args[0] === true ? "1" : "0"], true),
  aside: (engine, subject) => sideOf(engine, subject).run("aside", [], true),
};

/** Gives back all items that this client has in hand. */
export async function giveAllBack(): Promise<void> {
  await Promise.all(
    [...sides.values()].filter(({ inHand }) => inHand.size > 0).map((side) => side.giveBack([...side.inHand.values()])),
  );
}
