import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test, removed when the test leaves the block: `using folder = new Folder({ "a.ts": "…" })`. */
export class Folder {
  /** Absolute, with `/`, and without symbolic links. */
  readonly path: string;

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), "heddle-test-"))).replaceAll("\\", "/");
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  /** Writes a file, with the folders above it, and says its absolute path. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.file(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
