import { relative } from "node:path";
import process from "node:process";
import type { Deadlock } from "./deadlock-watch.js";
import type { Spool } from "./spool.js";

/** What is said about a deadlock while it lasts. */
export function announcement(deadlock: Deadlock, spool: Spool): string {
  const lines = deadlock.map(({ thread, object, site, owner, isTask = false }) => {
    const taken = placed(spool.takenAt(owner, object));
    const [waiter, holder] = [thread, owner].map(
      (each) => (isTask ? "a task of " : "") + visible(spool.threadName(each)),
    );
    const holds =
      owner === object ? `the end of ${holder}` : `${visible(spool.objectLabel(object))}, which ${holder} holds`;
    return `  ${waiter} waits for ${holds}${taken && ` (taken at ${taken})`}\n${where(placed(site))}`;
  });
  const what = deadlock.some(({ isTask }) => isTask) ? "task" : "thread";
  const how = deadlock.length === 1 ? `a ${what} waits for itself` : `${deadlock.length} ${what}s wait for each other`;
  return `heddle: deadlock: ${how}\n${lines.join("")}`;

  function placed(at: number): string {
    const site = spool.place(at);
    return site === undefined ? "" : `${visible(nearby(site.file))}:${site.line}:${site.column}`;
  }
}

/** What a program names may hold anything: nothing of it moves the cursor, makes a line of its own or turns others around. */
function visible(name: string): string {
  return name.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (each) => {
    const code = each.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

function where(place: string): string {
  return place === "" ? "" : `    at ${place}\n`;
}

function nearby(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith("..") ? file : short;
}
