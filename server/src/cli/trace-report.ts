import type {
  DeadlockSummary,
  PartySummary,
  TraceSummary,
  WaitingSummary,
} from "../../../runtime/src/trace/summary.js";
import { visible } from "./frame.js";
import type { Style } from "./pretty.js";
import type { JudgedFinding, JudgedTrace } from "./trace-judged.js";
import { lockOrderAsJson, lockOrderAsText, unseenAsText } from "./trace-lock-order.js";
import { jsonSite, siteText } from "./trace-site.js";
import { count, counted, milliseconds, table, time } from "./trace-text.js";

/** One object. Times are milliseconds, places as in `heddle check`: relative, and counted from 0. */
export function traceAsJson(summary: TraceSummary, { findings, suppressed, unseen, lockOrder }: JudgedTrace): string {
  const { start, end, processes, threads, locks, contention, deadlocks, waiting, events, dropped, leftOut, problem } =
    summary;
  const report = {
    version: 1,
    trace: {
      startedAt: start === undefined ? null : new Date(start.startedAt).toISOString(),
      pid: start?.pid ?? null,
      milliseconds: milliseconds(summary.duration),
      events,
      dropped,
      leftOut,
      tier: processes[0]?.tier ?? "full",
      ended: end?.reason ?? "killed",
      exitCode: end?.exitCode ?? null,
      unrecordedThreads: end?.unrecorded ?? 0,
      unrecordedProcessesSince: summary.unrecordedSince === undefined ? null : milliseconds(summary.unrecordedSince),
    },
    processes: processes.map(({ began, ended, exitCode, signal, ...process }) => ({
      ...{ ...process, began: milliseconds(began), ended: ended === undefined ? null : milliseconds(ended) },
      ...{ exitCode: exitCode ?? null, signal: signal ?? null },
    })),
    threads: threads.map(({ id, name, began, ended, waitedForLocks, waitedOtherwise, ...counts }) => ({
      ...{ id, name, began: milliseconds(began), ended: ended === undefined ? null : milliseconds(ended) },
      waitedForLocks: milliseconds(waitedForLocks),
      waitedOtherwise: milliseconds(waitedOtherwise),
      ...counts,
    })),
    locks: locks.map(({ waited, longestWait, held, longestHeld, ...lock }) => ({
      ...lock,
      ...{ waited: milliseconds(waited), longestWait: milliseconds(longestWait) },
      ...{ held: milliseconds(held), longestHeld: milliseconds(longestHeld) },
    })),
    contention: contention.map(({ lock, site, waits, total, longest, holder, open }) => ({
      ...{ lock, site: jsonSite(site), waits, total: milliseconds(total), longest: milliseconds(longest) },
      ...{ holder: holder ?? null, open },
    })),
    deadlocks: deadlocks.map(({ time, parties }) => ({
      at: milliseconds(time),
      parties: parties.map(({ thread, waitsFor, kind, site, owner, ownerSite, isTask }) => ({
        ...{ thread, waitsFor, kind, site: jsonSite(site), owner, ownerSite: jsonSite(ownerSite), isTask },
      })),
    })),
    findings: findings.map(({ kind, rule, message, places, times, isInSource }) => ({
      ...{ kind, ruleId: rule ?? null, message, times },
      origin: isInSource === undefined ? null : isInSource ? "both" : "seen",
      places: places.map(({ what, site }) => ({ message: what, site: jsonSite(site) })),
    })),
    suppressedFindings: suppressed,
    unseenFindings:
      unseen?.map(({ ruleId, message, places }) => ({
        ...{ ruleId, message },
        places: places.map((place) => ({ message: place.what, site: jsonSite(place) })),
      })) ?? null,
    lockOrder: lockOrderAsJson(lockOrder, unseen !== undefined),
    spans: summary.spans.map(({ pool, total, longest, ...span }) => ({
      ...{ ...span, pool: pool ?? null, total: milliseconds(total), longest: milliseconds(longest) },
    })),
    markers: summary.markers.map(({ first, ...marker }) => ({ ...marker, first: milliseconds(first) })),
    messages: summary.messages.map(({ channel, from, to, sent, received, longest, total }) => ({
      ...{ channel: channel || null, from: from ?? null, to: to ?? null, sent, received },
      ...{ longest: longest === undefined ? null : milliseconds(longest), total: milliseconds(total) },
    })),
    endedWaits: summary.endedWaits.map(({ total, longest, ...ended }) => ({
      ...{ ...ended, total: milliseconds(total), longest: milliseconds(longest) },
    })),
    waiting: waiting.map(({ site, since, holder, ...wait }) => ({
      ...{ ...wait, site: jsonSite(site), since: milliseconds(since) },
      ...{ milliseconds: milliseconds(summary.duration - since), holder: holder ?? null },
    })),
    problem: problem ?? null,
  };
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

/** For people, and for screen readers: nothing is said by colour alone. */
export function traceAsText(summary: TraceSummary, judged: JudgedTrace, style: Style): string {
  const { processes, threads, locks, contention, deadlocks, waiting } = summary;
  const { findings, suppressed, unseen = [], lockOrder } = judged;
  const parts = [headline(summary), ...deadlocks.map((deadlock) => deadlockAsText(deadlock, style))];
  if (processes.length > 1) parts.push(processTable(summary, style));
  if (findings.length > 0) parts.push([style.strong("Findings"), ...findings.map(findingAsText)].join("\n"));
  if (unseen.length > 0) parts.push(unseenAsText(unseen, style));
  if (suppressed > 0) parts.push(`Comments and settings suppress ${counted(suppressed, "finding")}.`);
  parts.push(
    table(
      style,
      "Threads",
      ["began", "ended", "waited for locks", "waited otherwise", "events"],
      [
        ...threads.map((thread) => [
          thread.name,
          time(thread.began),
          thread.ended === undefined ? "-" : time(thread.ended),
          time(thread.waitedForLocks),
          time(thread.waitedOtherwise),
          count(thread.events) + (thread.dropped === 0 ? "" : ` and ${count(thread.dropped)} dropped`),
        ]),
      ],
    ),
  );
  if (locks.length > 0) {
    parts.push(
      table(
        style,
        "Locks",
        ["taken", "waits", "waited", "longest wait", "held", "longest held"],
        [
          ...locks.map((lock) => [
            lock.name,
            count(lock.acquisitions),
            count(lock.waits),
            time(lock.waited),
            time(lock.longestWait),
            time(lock.held),
            time(lock.longestHeld),
          ]),
        ],
      ),
    );
  }
  if (lockOrder.edges.length > 0) parts.push(lockOrderAsText(lockOrder, judged.unseen !== undefined, style));
  if (contention.length > 0) {
    parts.push(
      table(
        style,
        "Contention",
        ["waits", "total", "longest", "held meanwhile by", "at"],
        [
          ...contention.map(({ lock, site, waits, total, longest, holder, open }) => [
            lock,
            count(waits) + (open === 0 ? "" : `, ${open} to the end`),
            time(total),
            time(longest),
            holder ?? "-",
            siteText(site) ?? "-",
          ]),
        ],
      ),
    );
  }
  if (summary.endedWaits.length > 0) parts.push(endedWaitsTable(summary, style));
  if (summary.spans.length > 0) parts.push(spanTable(summary, style));
  if (summary.markers.length > 0) parts.push(markerTable(summary, style));
  if (summary.messages.length > 0) parts.push(messageTable(summary, style));
  if (waiting.length > 0) {
    parts.push(
      table(
        style,
        "Still waiting at the end",
        ["for", "since", "at"],
        waiting.map((wait) => [
          wait.isTask ? `a task of ${wait.thread}` : wait.thread,
          waitedFor(wait),
          `${time(wait.since)}, ${time(summary.duration - wait.since)} so far`,
          siteText(wait.site) ?? "-",
        ]),
      ),
    );
  }
  return `${parts.join("\n\n")}\n`;
}

function waitedFor({ waitsFor, kind, holder }: WaitingSummary): string {
  if (kind === "") return "its sleep to end";
  if (kind === "thread") return `the end of ${waitsFor}`;
  return holder === undefined ? waitsFor : `${waitsFor}, which ${holder} held`;
}

function processTable({ processes, unrecordedSince }: TraceSummary, style: Style): string {
  const rows = processes.map(({ pid, parent, name, began, ended, exitCode, signal }) => [
    String(pid),
    name || "-",
    parent === 0 ? "-" : String(processes.find(({ id }) => id === parent)?.pid ?? "-"),
    time(began),
    ended === undefined ? "-" : time(ended),
    signal ?? (exitCode === undefined ? "not seen to end" : `exit code ${exitCode}`),
  ]);
  const rest = `From ${time(unrecordedSince ?? 0)} on, further processes were not recorded: there were ${processes.length}.`;
  const all = table(style, "Processes", ["script", "started by", "began", "ended", "how"], rows);
  return unrecordedSince === undefined ? all : `${all}\n${rest}`;
}

/** More is too much to read; JSON has all. */
const MOST_ENDED = 50;

function endedWaitsTable({ endedWaits }: TraceSummary, style: Style): string {
  const rows = endedWaits
    .slice(0, MOST_ENDED)
    .map(({ thread, endedBy, waitedFor, kind, waits, total, longest }) => [
      ...[thread, kind === "thread" ? `the end of ${waitedFor}` : waitedFor, endedBy],
      ...[count(waits), time(total), time(longest)],
    ]);
  const all = table(style, "Who ended waits", ["for", "ended by", "waits", "total", "longest"], rows);
  return endedWaits.length > MOST_ENDED
    ? `${all}\nand ${count(endedWaits.length - MOST_ENDED)} more; --json has all.`
    : all;
}

function spanTable({ spans }: TraceSummary, style: Style): string {
  return table(
    style,
    "Spans",
    ["times", "total", "longest", "task of"],
    spans.map(({ name, pool, times, total, longest, open }) => [
      ...[name || "a task", count(times) + (open === 0 ? "" : `, ${open} to the end`), time(total), time(longest)],
      pool ?? "-",
    ]),
  );
}

function markerTable({ markers }: TraceSummary, style: Style): string {
  return table(
    style,
    "Markers",
    ["times", "first", "in"],
    markers.map(({ name, times, first, thread }) => [name, count(times), time(first), thread]),
  );
}

function messageTable({ messages }: TraceSummary, style: Style): string {
  return table(
    style,
    "Messages",
    ["from", "to", "sent", "came", "longest on the way"],
    messages.map(({ channel, from, to, sent, received, longest }) => [
      ...[channel || "a port that was sent on", from ?? "-", to ?? "-", count(sent), count(received)],
      longest === undefined ? "-" : time(longest),
    ]),
  );
}

function headline({ duration, events, dropped, leftOut, end, processes, threads, locks }: TraceSummary): string {
  const parts = [
    `${time(duration)}, ${processes.length < 2 ? "" : `${counted(processes.length, "process")}, `}${counted(threads.length, "thread")}, ${counted(locks.length, "lock")}, ${counted(events, "event")}`,
    end === undefined ? "no end: the program was killed, or runs still" : `ended with exit code ${end.exitCode}`,
  ];
  if (leftOut > 0) parts.push(`${counted(leftOut, "event")} left out`);
  const tier = processes[0]?.tier ?? "full";
  if (tier !== "full") parts.push(`tier ${tier}`);
  if (dropped > 0) parts.push(`${counted(dropped, "event")} dropped`);
  if (end !== undefined && end.unrecorded > 0) parts.push(`${counted(end.unrecorded, "thread")} not recorded`);
  return parts.join("; ");
}

function deadlockAsText({ time: moment, parties }: DeadlockSummary, style: Style): string {
  const title = style.severity.error(`Deadlock after ${time(moment)}`);
  return [title, ...parties.map(partyAsText)].join("\n");
}

function partyAsText({ thread, waitsFor, kind, site, owner, ownerSite, isTask }: PartySummary): string {
  const name = visible(waitsFor);
  const of = isTask ? "a task of " : "";
  const what = kind === "thread" ? `the end of ${name}` : `${name}, which ${of}${visible(owner)} holds`;
  const lines = [`  ${of}${visible(thread)} waits for ${what}`];
  if (site !== undefined) lines.push(`    waits at ${siteText(site)}`);
  if (ownerSite !== undefined) lines.push(`    taken at ${siteText(ownerSite)}`);
  return lines.join("\n");
}

function findingAsText({ kind, rule, message, places, times, isInSource }: JudgedFinding): string {
  const origin = isInSource === undefined ? [] : [isInSource ? "both" : "seen"];
  const about = [rule ?? kind, ...(times === 1 ? [] : [`${count(times)} times`]), ...origin].join(", ");
  const lines = places.map(
    ({ what, site }) => `    ${visible(what)} at ${siteText(site) ?? "a place that was not recorded"}`,
  );
  return [`  ${visible(message)} (${about})`, ...lines].join("\n");
}
