import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { removeCached } from "./cache-folder.js";
import { type Answer, stillAnswers } from "./source/disk.js";
import { readText } from "./source/text.js";

/** Entries beyond this many go, the longest unused first: a project has a few, for the ways in which it is checked. */
const ENTRIES_KEPT = 100;

/** What entries and their drafts are called. Whatever else lies in the folder is somebody else's, and stays. */
const OWN_NAME = /^[0-9a-f]{64}\.json(?:\.\d+\.draft)?$/;

/**
 * What was found in a project, kept between runs. An entry belongs to one engine, one configuration and one way of
 * asking, all of which are in its key, and holds as long as the disk answers every question as it did when the entry
 * was made. Entries are written whole or not at all, so that any number of processes may share a folder; what is
 * damaged, and what cannot be written, counts as not there.
 */
export class ResultCache<Result> {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #fileOf(key: unknown): string {
    return join(this.#folder, `${digest(JSON.stringify([engine(), key]))}.json`);
  }

  /** What was kept under the key, where it still holds. Of `open` files these texts count, and not those of the disk. */
  read(key: unknown, open?: ReadonlyMap<string, string>): Result | undefined {
    const file = this.#fileOf(key);
    try {
      const [sum = "", text = ""] = halves(readText(file));
      if (digest(text) !== sum) return undefined;
      const entry: { readonly answers: readonly Answer[]; readonly result: Result } = JSON.parse(text);
      return stillAnswers(entry.answers, open) ? entry.result : undefined;
    } catch {
      return undefined; // There is none, or it cannot be read: it is computed and written again.
    }
  }

  write(key: unknown, answers: readonly Answer[], result: Result): void {
    const file = this.#fileOf(key);
    const text = JSON.stringify({ answers, result });
    const draft = `${file}.${process.pid}.draft`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(draft, `${digest(text)}\n${text}`);
      renameSync(draft, file);
      this.#tidy();
    } catch {
      removeCached(draft); // A full or forbidden disk costs time at the next run, not this one's answer.
    }
  }

  #tidy(): void {
    const files = readdirSync(this.#folder)
      .filter((name) => OWN_NAME.test(name))
      .map((name) => join(this.#folder, name));
    if (files.length <= ENTRIES_KEPT) return;
    const aged = files.flatMap((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats ? [{ file, used: stats.mtimeMs }] : [];
    });
    aged.sort((a, b) => b.used - a.used);
    for (const { file } of aged.slice(ENTRIES_KEPT)) rmSync(file, { force: true });
  }
}

function halves(text: string): readonly string[] {
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What decides about a result besides what it is asked about: this program, as it lies on the disk, and Node.js. */
function engine(): readonly unknown[] {
  const own = typeof __filename === "string" ? __filename : (process.argv[1] ?? "");
  const { size, mtimeMs } = statSync(own);
  return [own, size, mtimeMs, process.version, process.platform];
}
