import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cachedDataVersionTag } from "node:v8";
import { removeCached } from "./cache-folder.js";

/** One for each of the Node.js versions that take turns here, the editor's among them; beyond that the oldest go. */
const ENTRIES_KEPT = 4;

/** What entries and their drafts are called: a writer that was killed leaves one, of megabytes. */
const OWN_NAME = /^[0-9a-f]{64}\.code(?:\.[0-9a-f-]+\.draft)?$/;

/** The length of a SHA-256, which comes first in a file. */
const SUM_BYTES = 32;

/**
 * What V8 compiled of a program, kept between its runs. An entry belongs to one program, as it lies on the disk, and to
 * one V8 with its flags. It is written whole or not at all; what is damaged, or could have been written by somebody
 * else, counts as not there, because it will be run. Blocks.
 */
export class CompiledCode {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string, program: string) {
    this.#folder = folder;
    const { size, mtimeMs } = statSync(program);
    const key = [program, size, mtimeMs, process.version, process.arch, cachedDataVersionTag()];
    this.#file = join(folder, `${digest(JSON.stringify(key)).toString("hex")}.code`);
  }

  read(): Buffer | undefined {
    try {
      if (!isOnlyOurs(statSync(this.#folder)) || !isOnlyOurs(statSync(this.#file))) return undefined;
      const bytes = readFileSync(this.#file);
      const code = bytes.subarray(SUM_BYTES);
      return digest(code).equals(bytes.subarray(0, SUM_BYTES)) ? code : undefined;
    } catch {
      return undefined; // There is none, or it cannot be read: the program is compiled, as without.
    }
  }

  /** Never throws; nothing is written, and `code` not called, where it would not be read again. */
  write(code: () => Buffer): void {
    // Nobody can have put a link there for a name that nobody knows, nor would one be followed.
    const draft = `${this.#file}.${randomUUID()}.draft`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      // Some file systems keep no modes.
      if (!isOnlyOurs(statSync(this.#folder))) return;
      const bytes = code();
      writeFileSync(draft, Buffer.concat([digest(bytes), bytes]), { mode: 0o600, flag: "wx" });
      renameSync(draft, this.#file);
      this.#tidy();
    } catch {
      removeCached(draft); // A full or forbidden disk costs time at the next start, and nothing else.
    }
  }

  #tidy(): void {
    const files = readdirSync(this.#folder)
      .filter((name) => OWN_NAME.test(name))
      .map((name) => join(this.#folder, name));
    const aged = files.flatMap((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats ? [{ file, written: stats.mtimeMs }] : [];
    });
    aged.sort((a, b) => b.written - a.written);
    for (const { file } of aged.slice(ENTRIES_KEPT)) rmSync(file, { force: true });
  }
}

/** Whether nobody but the user, or the system, can have written it. Windows keeps others out of a user's folders itself. */
function isOnlyOurs({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function digest(content: string | Buffer): Buffer {
  return createHash("sha256").update(content).digest();
}
