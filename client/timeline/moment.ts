/** All threads and locks at one moment, now or long ago: found in the rows, not by going through what happened. */
import { type Holder, holderFrom, holderName } from "../../runtime/src/trace/holder.js";
import { ACTIVITY } from "../shared/frame.js";
import type { Contention } from "../shared/report.js";
import type {
  CounterNow,
  Deadlock,
  Hold,
  LockNow,
  Named,
  Place,
  ProcessNow,
  Snapshot,
  ThreadNow,
  Wait,
} from "../shared/snapshot.js";
import { wokenBy } from "./arrows.js";
import { byTotal, countWait } from "./contention.js";
import type { SeenDeadlock } from "./deadlocks.js";
import type { Lane } from "./lane.js";
import type { LockState, OpenWait } from "./lock-state.js";
import { SEVERITY_MASK } from "./states.js";
import type { Timeline } from "./timeline.js";

/** A lock that is held, before anybody asks who waits. */
interface Holding {
  readonly lane: Lane;
  readonly lock: number;
  readonly since: number;
  readonly site: number;
}

/** A wait at the moment. */
interface Waiting {
  readonly lane: Lane;
  readonly code: number;
  readonly since: number;
  readonly until: number | undefined;
  /** Which thread ended it; 0 for none. */
  readonly endedBy: number;
}

export class Moment {
  readonly #timeline: Timeline;
  readonly #time: number;
  /** By thread; of each the one taken last comes last. */
  readonly #holdings = new Map<Lane, readonly Holding[]>();
  /** By lock: all that have it. */
  readonly #holders = new Map<number, Holding[]>();
  readonly #blocked = new Map<Lane, Waiting>();
  readonly #asyncWaits = new Map<Lane, readonly Waiting[]>();
  readonly #processes = new Map<number, ProcessNow>();
  /** The threads that wait, by what they wait for. */
  readonly #waiters = new Map<number, Set<number>>();
  /** By the number of the process and their own in it; undefined as long as nobody asks. */
  #lanesByHolder: Map<string, Lane> | undefined;

  constructor(timeline: Timeline, time: number) {
    this.#timeline = timeline;
    this.#time = time;
    for (const lane of timeline.lanes.values()) this.#look(lane);
  }

  snapshot(): Snapshot {
    return {
      time: this.#time,
      threads: this.#timeline.lanesInOrder.map((lane) => this.#thread(lane)),
      locks: this.#locks(),
      counters: this.#counters(),
      deadlocks: this.#timeline.deadlocks.all.map((deadlock) => deadlockOf(this.#timeline, deadlock)),
    };
  }

  /** A thread that the trace does not know is absent. */
  thread(id: number): ThreadNow {
    const lane = this.#timeline.lanes.get(id);
    if (lane !== undefined) return this.#thread(lane);
    const nothing = { task: "", wait: undefined, asyncWaits: [], holds: [], pausedAt: undefined };
    const process = this.#process(1);
    return { id, name: "", process, worker: 0, activity: ACTIVITY.absent, began: 0, ended: undefined, ...nothing };
  }

  /** Who would have to go on for the thread to: from the one it waits for, each waiting for the next. */
  blockers(id: number): readonly ThreadNow[] {
    const found: ThreadNow[] = [];
    const seen = new Set([id]);
    for (let at = holderFor(this.thread(id)); at !== 0; ) {
      const thread = this.thread(at);
      found.push(thread);
      if (seen.has(at)) break;
      seen.add(at);
      at = holderFor(thread);
    }
    return found;
  }

  #look(lane: Lane): void {
    const holdings = this.#holdingsOf(lane, this.#time);
    this.#holdings.set(lane, holdings);
    for (const holding of holdings) {
      const others = this.#holders.get(holding.lock);
      if (others === undefined) this.#holders.set(holding.lock, [holding]);
      else others.push(holding);
    }
    const index = lane.activity.at(this.#time);
    const code = index < 0 ? 0 : lane.activity.codeOf(index);
    const severity = code & SEVERITY_MASK;
    if (severity === ACTIVITY.waits || severity === ACTIVITY.waitsForLock) {
      const until = index + 1 < lane.activity.length ? lane.activity.startOf(index + 1) : undefined;
      const endedBy = until === undefined ? 0 : wokenBy(this.#timeline.states, lane.activity.codeOf(index + 1));
      const wait = { lane, code, since: lane.activity.startOf(index), until, endedBy };
      this.#blocked.set(lane, wait);
      this.#queue(wait);
    }
    const waits = lane.asyncWaits.at(this.#time).map(({ code, from, to, by }) => {
      return { lane, code, since: from, until: to === Number.POSITIVE_INFINITY ? undefined : to, endedBy: by };
    });
    this.#asyncWaits.set(lane, waits);
    for (const wait of waits) this.#queue(wait);
  }

  #queue({ lane, code }: Waiting): void {
    const object = this.#timeline.states.object(code);
    const waiters = this.#waiters.get(object) ?? new Set();
    this.#waiters.set(object, waiters.add(lane.id));
  }

  #holdingsOf(lane: Lane, time: number): readonly Holding[] {
    const { states } = this.#timeline;
    const { holding } = lane;
    const index = holding.at(time);
    const holdings: Holding[] = [];
    let segment = index + 1;
    for (let depth = index < 0 ? 0 : states.depth(holding.codeOf(index)); depth > 0; depth--) {
      segment = holding.lastShallower(segment, depth) + 1;
      const code = holding.codeOf(segment);
      holdings.push({ lane, lock: states.top(code), since: lane.heldSince(segment), site: states.site(code) });
    }
    return holdings.reverse();
  }

  #thread(lane: Lane): ThreadNow {
    const { id, name, worker, began } = lane;
    const isPaused = lane.pauses.isPaused(this.#time);
    const wait = this.#blocked.get(lane);
    const index = lane.activity.at(this.#time);
    const activity = index < 0 ? ACTIVITY.absent : lane.activity.codeOf(index) & SEVERITY_MASK;
    return {
      id,
      name,
      process: this.#process(lane.process),
      worker,
      task: this.#taskOf(lane, index),
      activity: isPaused && activity !== ACTIVITY.absent ? ACTIVITY.paused : activity,
      began,
      ended: lane.ended !== undefined && lane.ended <= this.#time ? lane.ended : undefined,
      wait: wait && this.#wait(wait),
      asyncWaits: (this.#asyncWaits.get(lane) ?? []).map((each) => this.#wait(each)),
      holds: (this.#holdings.get(lane) ?? []).map((each) => this.#hold(each)),
      pausedAt: isPaused ? lane.pauses.placeAt(this.#time) : undefined,
    };
  }

  #process(id: number): ProcessNow {
    const known = this.#processes.get(id);
    if (known !== undefined) return known;
    const { pid = 0, name = "", end } = this.#timeline.processes.get(id) ?? {};
    const how = end !== undefined && end.time <= this.#time ? end : undefined;
    const process = { id, pid, name, ended: how?.time, exitCode: how?.exitCode, signal: how?.signal };
    this.#processes.set(id, process);
    return process;
  }

  #wait({ lane, code, since, until, endedBy }: Waiting): Wait {
    const { states } = this.#timeline;
    const object = states.object(code);
    const isLock = (code & SEVERITY_MASK) === ACTIVITY.waitsForLock;
    const owner = isLock ? this.#ownerOf(object) : undefined;
    const remote = owner === undefined ? this.#remoteHolder(lane, since, object) : undefined;
    return {
      object: named(this.#timeline, object),
      since,
      until,
      endedBy,
      isTimed: states.isTimed(code),
      place: placeOf(this.#timeline, states.site(code)),
      holder: isLock ? (owner?.lane.id ?? remote?.thread ?? 0) : states.other(code),
      heldBy: remote?.thread === 0 ? remote.name : "",
      holderPlace: owner && placeOf(this.#timeline, owner.site),
      heldSince: owner?.since,
    };
  }

  /**
   * Who had a lock of a server when the wait began: a thread of the trace, or by name one that is not in it. Undefined: nobody
   * is known, or a thread of the trace that has given it back since.
   */
  #remoteHolder(
    lane: Lane,
    since: number,
    object: number,
  ): { readonly thread: number; readonly name: string } | undefined {
    const label = lane.heldBy.get(since);
    const holder = label === undefined ? undefined : holderFrom(this.#timeline.labels.get(label)?.text ?? "");
    if (holder === undefined) return undefined;
    const found = this.#laneOf(holder);
    if (found !== undefined && this.#holdingsOf(found, since).some(({ lock }) => lock === object)) return undefined;
    return { thread: found?.id ?? 0, name: holderName(holder) };
  }

  /** Undefined: the trace has no such thread. Of processes with one number it is the last. */
  #laneOf({ pid, thread, host }: Holder): Lane | undefined {
    if (host !== "") return undefined;
    if (this.#lanesByHolder === undefined) {
      const { processes, lanes } = this.#timeline;
      const last = new Map([...processes.values()].map((each) => [each.pid, each.id]));
      this.#lanesByHolder = new Map();
      for (const lane of lanes.values()) {
        const of = processes.get(lane.process)?.pid ?? 0;
        const key = `${of} ${lane.ident}`;
        if (last.get(of) === lane.process && !this.#lanesByHolder.has(key)) this.#lanesByHolder.set(key, lane);
      }
    }
    return this.#lanesByHolder.get(`${pid} ${thread}`);
  }

  #hold({ lock, since, site }: Holding): Hold {
    return {
      object: named(this.#timeline, lock),
      since,
      place: placeOf(this.#timeline, site),
      waiters: this.#waitersOf(lock),
    };
  }

  /**
   * Who keeps others from having it. Who is the next to write has the lock and waits for it, until those who read have
   * left; of several that remain the one who got it last, for clocks differ by a little.
   */
  #ownerOf(lock: number): Holding | undefined {
    const holders = this.#holders.get(lock) ?? [];
    if (holders.length < 2) return holders[0];
    const waiters = this.#waiters.get(lock);
    const others = holders.filter(({ lane }) => waiters?.has(lane.id) !== true);
    return (others.length === 0 ? holders : others).reduce((last, each) => (each.since > last.since ? each : last));
  }

  #waitersOf(object: number): readonly number[] {
    return [...(this.#waiters.get(object) ?? [])].sort((a, b) => a - b);
  }

  /** What it does, while it runs. */
  #taskOf({ activity }: Lane, index: number): string {
    const code = index < 0 ? 0 : activity.codeOf(index);
    if ((code & SEVERITY_MASK) !== ACTIVITY.running) return "";
    return this.#timeline.labels.get(this.#timeline.states.other(code))?.text ?? "";
  }

  #counters(): readonly CounterNow[] {
    const counters = [...this.#timeline.counters.byObject].sort(([a], [b]) => a - b);
    return counters.map(([id, counter]) => ({
      object: named(this.#timeline, id),
      count: counter.at(this.#time),
      room: this.#timeline.objects.get(id)?.room ?? 0,
      most: counter.most,
      waiters: this.#waitersOf(id),
    }));
  }

  #locks(): readonly LockNow[] {
    const locks = [...this.#timeline.locks.values()].filter(
      ({ id, wasWaitedFor }) => wasWaitedFor || this.#holders.has(id),
    );
    locks.sort((a, b) => a.id - b.id);
    return locks.map(({ id }) => {
      const owner = this.#ownerOf(id);
      return {
        object: named(this.#timeline, id),
        owner: owner?.lane.id ?? 0,
        since: owner?.since,
        place: owner && placeOf(this.#timeline, owner.site),
        others: (this.#holders.get(id) ?? [])
          .filter((each) => each !== owner && !this.#waitersOf(id).includes(each.lane.id))
          .map(({ lane, since, site }) => ({ thread: lane.id, since, place: placeOf(this.#timeline, site) })),
        waiters: this.#waitersOf(id),
      };
    });
  }
}

/** Who keeps a thread, or if it goes on one of its tasks; 0 for nobody. */
function holderFor({ wait, asyncWaits }: ThreadNow): number {
  const kept = wait ?? asyncWaits.find(({ holder }) => holder !== 0);
  return kept?.holder ?? 0;
}

/** The waits for locks, those included that last at the moment. */
export function contentionAt(timeline: Timeline, time: number): readonly Contention[] {
  const open = new Map<LockState, OpenWait[]>();
  for (const lane of timeline.lanes.values()) {
    for (const wait of [lane.wait, ...lane.openAsyncWaits.values()]) {
      const lock = wait && timeline.locks.get(wait.object);
      if (wait === undefined || lock === undefined) continue;
      const waits = open.get(lock);
      if (waits === undefined) open.set(lock, [wait]);
      else waits.push(wait);
    }
  }
  const rows = [...timeline.locks.values()].flatMap((lock) => {
    const waits = new Map([...lock.waits].map(([site, row]) => [site, { ...row }]));
    for (const wait of open.get(lock) ?? []) {
      countWait(waits, wait, Math.max(0, timeline.lengthOf(wait.since, time)));
    }
    return [...waits.values()];
  });
  return byTotal(rows).map(({ object, site, waits, total, longest, holder }) => {
    return { object: named(timeline, object), place: placeOf(timeline, site), waits, total, longest, holder };
  });
}

/** What people call it. */
export function named({ objects }: Timeline, id: number): Named {
  if (id === 0) return { id, kind: "sleep", name: "sleep" };
  const { kind, name } = objects.get(id) ?? { kind: "", name: "" };
  return { id, kind, name: name || `${kind || "object"} ${id}` };
}

function placeOf({ sites }: Timeline, id: number): Place | undefined {
  const site = sites.get(id);
  return site && { file: site.file, line: site.line, column: site.column };
}

function deadlockOf(timeline: Timeline, { time, until, parties }: SeenDeadlock): Deadlock {
  return {
    time,
    until,
    parties: parties.map(({ thread, object, site, owner, ownerSite, isTask }) => ({
      thread,
      ...(isTask ? { isTask } : {}),
      waitsFor: named(timeline, object),
      place: placeOf(timeline, site),
      owner,
      ownerPlace: placeOf(timeline, ownerSite),
    })),
  };
}
