import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** How many traces of runs are kept. */
const kept = 20;
const extension = ".heddletrace";

/** Where the traces of runs are kept. */
export class TraceFolder {
  /** It need not be there yet. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes an empty file for a run of the script that begins now, and removes the oldest beyond those that are kept;
   * never one of `inUse`. Throws what `node:fs` does when there is no room.
   */
  create(script: string, inUse: ReadonlySet<string>): string {
    mkdirSync(this.path, { recursive: true });
    const name = `${basename(script, extname(script))} ${moment(new Date())}`;
    for (let count = 1; ; count++) {
      const file = join(this.path, `${name}${count === 1 ? "" : ` (${count})`}${extension}`);
      try {
        closeSync(openSync(file, "wx"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw error;
      }
      for (const old of this.files.slice(kept)) if (!inUse.has(old)) remove(old);
      return file;
    }
  }

  /** The traces that are there, the newest first. */
  get files(): readonly string[] {
    try {
      return readdirSync(this.path)
        .filter((name) => name.endsWith(extension))
        .sort((a, b) => compare(momentIn(b), momentIn(a)) || compare(b, a))
        .map((name) => join(this.path, name));
    } catch {
      // Nothing was recorded yet.
      return [];
    }
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // What another program has open may be there to stay. That is no reason to refuse a run.
  }
}

/** Local time as people read it; without colons, which Windows has in no name. */
function moment(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".")}`;
}

const momentPattern = /\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d/;

function momentIn(name: string): string {
  return momentPattern.exec(name)?.[0] ?? "";
}

/** The path of a trace without the moment it was begun at: the same for all runs of a script. */
export function runName(file: string): string {
  return file.split(momentPattern)[0] ?? file;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
