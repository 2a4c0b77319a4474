/** Who holds a lock that is elsewhere, in one text: as its server is told of it, and as it stands in a trace. */

/** A thread of some process. */
export interface Holder {
  /** Of its process. */
  readonly pid: number;
  /** Its `ident` in its process. */
  readonly thread: number;
  /** The name of its host; empty: the one of who tells. */
  readonly host: string;
  /** What it was called when it connected. */
  readonly name: string;
}

const LONGEST_PART = 64;
const HOLDER = /^(\d{1,10}):(\d{1,10}):([^\s:]*):([^\s:]*)$/;

/** Without spaces, so that it can stand in a list of words. */
export function holderText({ pid, thread, host, name }: Holder): string {
  return `${pid}:${thread}:${part(host)}:${part(name)}`;
}

/** Undefined: nobody is described so. */
export function holderFrom(text: string): Holder | undefined {
  const [, pid, thread, host = "", name = ""] = HOLDER.exec(text) ?? [];
  if (pid === undefined || thread === undefined) return undefined;
  try {
    return { pid: Number(pid), thread: Number(thread), host: decodeURIComponent(host), name: decodeURIComponent(name) };
  } catch {
    return undefined;
  }
}

/** What a holder is called in sentences: one in a process that is not recorded, or not known to be. */
export function holderName({ pid, host, name }: Holder): string {
  return `${name || "a thread"} of process ${pid}${host === "" ? "" : ` on ${host}`}`;
}

/** Half a character, as names may have it, has no bytes. */
function part(text: string): string {
  return encodeURIComponent(text.slice(0, LONGEST_PART).replace(/\p{Surrogate}/gu, "\ufffd"));
}
