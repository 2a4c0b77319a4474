import { relative } from "node:path";
import process from "node:process";
import type { Deadlock } from "./deadlock-watch.js";
import type { Spool } from "./spool.js";

/** What is said about a deadlock while it lasts. */
export function announcement(deadlock: Deadlock, spool: Spool): string {
  const lines = deadlock.map(({ thread, object, site, owner, isTask = false }) => {
    const taken = placed(spool.takenAt(owner, object));
    const [waiter, holder] = [thread, owner].map((each) => (isTask ? "a task of " : "") + spool.threadName(each));
    const holds = owner === object ? `the end of ${holder}` : `${spool.objectLabel(object)}, which ${holder} holds`;
    return `  ${waiter} waits for ${holds}${taken && ` (taken at ${taken})`}\n${where(placed(site))}`;
  });
  const what = deadlock.some(({ isTask }) => isTask) ? "task" : "thread";
  const how = deadlock.length === 1 ? `a ${what} waits for itself` : `${deadlock.length} ${what}s wait for each other`;
  return `heddle: deadlock: ${how}\n${lines.join("")}`;

  function placed(at: number): string {
    const site = spool.place(at);
    return site === undefined ? "" : `${nearby(site.file)}:${site.line}:${site.column}`;
  }
}

function where(place: string): string {
  return place === "" ? "" : `    at ${place}\n`;
}

function nearby(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith("..") ? file : short;
}
