import type { TraceStatistics } from "../../../runtime/src/trace/statistics.js";
import type { Style } from "./pretty.js";
import { count, counted, milliseconds, table, time } from "./trace-text.js";

/** What records of a type tell of, for people. */
const records = {
  thread: "threads",
  threadEnded: "ends of threads",
  object: "objects",
  site: "places",
  events: "events",
  deadlock: "deadlocks",
  end: "the end",
  drained: "signs of life",
  batch: "batches",
  process: "processes",
  unrecorded: "processes left out",
  label: "names of spans and tasks",
  unknown: "unknown",
} as const;

const kinds = {
  acquired: "lock taken",
  released: "lock given back",
  waitBegan: "wait began",
  waitEnded: "wait ended",
  threadStarted: "thread started",
  gap: "gap",
  aggregated: "much is left out",
  heldBy: "holder of a server's lock named",
  processStarted: "process started",
  processEnded: "process ended",
  level: "queue changed",
  spanBegan: "span or task began",
  spanEnded: "span or task ended",
  notified: "notified",
  taskDone: "reported done",
  message: "message",
  marker: "marker",
  unknown: "unknown",
} as const;

const mostThreads = 20;

/** One object. Times are milliseconds. */
export function statsAsJson(statistics: TraceStatistics): string {
  const { start, end, duration, bytes, events, dropped, gaps, leftOut, processes, problem } = statistics;
  const report = {
    version: 1,
    trace: {
      startedAt: start === undefined ? null : new Date(start.startedAt).toISOString(),
      pid: start?.pid ?? null,
      milliseconds: milliseconds(duration),
      ended: end?.reason ?? "killed",
      exitCode: end?.exitCode ?? null,
      unrecordedThreads: end?.unrecorded ?? 0,
    },
    ...{ bytes, events, dropped, gaps, leftOut, processes },
    bytesPerEvent: rounded(per(bytes, events)),
    eventsPerSecond: rounded(per(events, duration / 1e9)),
    records: statistics.records,
    kinds: statistics.kinds,
    threads: statistics.threads,
    problem: problem ?? null,
  };
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

export function statsAsText(statistics: TraceStatistics, style: Style): string {
  const { bytes, events, duration, threads } = statistics;
  const parts = [headline(statistics)];
  parts.push(
    table(
      style,
      "Records",
      ["number", "bytes", "share"],
      statistics.records.map((record) => [
        records[record.type],
        count(record.count),
        count(record.bytes),
        `${((record.bytes / bytes) * 100).toFixed(1)} %`,
      ]),
    ),
  );
  if (events > 0) {
    parts.push(
      table(
        style,
        "Events",
        ["number", "a second"],
        statistics.kinds.map(({ kind, count: number }) => [kinds[kind], count(number), rate(number, duration)]),
      ),
    );
  }
  if (threads.length > 0) {
    const shown = threads
      .slice(0, mostThreads)
      .map((thread) => [thread.name, count(thread.events), rate(thread.events, duration), count(thread.dropped)]);
    if (threads.length > mostThreads) shown.push([`${count(threads.length - mostThreads)} more`]);
    parts.push(table(style, "Threads", ["events", "a second", "dropped"], shown));
  }
  return `${parts.join("\n\n")}\n`;
}

function headline({ start, end, duration, bytes, events, dropped, gaps, leftOut, processes }: TraceStatistics): string {
  const began = start === undefined ? "" : `, begun ${new Date(start.startedAt).toISOString()}`;
  const parts = [
    `${time(duration)}${began}`,
    `${counted(bytes, "byte")}, ${counted(events, "event")}${events === 0 ? "" : ` of ${per(bytes, events).toFixed(1)} bytes`}`,
    ...(leftOut === 0 ? [] : [`${count(leftOut)} left out`]),
    dropped === 0 ? "none dropped" : `${count(dropped)} dropped in ${counted(gaps, "gap")}`,
    end === undefined ? "no end: the program was killed, or runs still" : `ended with exit code ${end.exitCode}`,
  ];
  if (processes > 1) parts.push(counted(processes, "process"));
  if (end !== undefined && end.unrecorded > 0) parts.push(`${counted(end.unrecorded, "thread")} not recorded`);
  return parts.join("; ");
}

function rate(number: number, duration: number): string {
  return count(Math.round(per(number, duration / 1e9)));
}

function per(amount: number, unit: number): number {
  return unit === 0 ? 0 : amount / unit;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
