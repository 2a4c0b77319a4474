/** What the clients of a soak of faults have written down, read as it grows, and what it must not say. */
import assert from "node:assert/strict";
import { closeSync, openSync, readSync } from "node:fs";
import type { Access } from "./faults-client.js";

/** Client by client what was accepted, and what it was about. */
type Line = readonly [what: string, id: string, item: string, ...rest: string[]];

/** A critical section. */
interface Section {
  readonly id: string;
  /** The fencing token; 0 where there are none. */
  readonly fence: number;
  /** The largest of those that began before. */
  readonly before: number;
  /** Who began one before it ended. */
  readonly others: string[];
  /** Milliseconds since the lock was asked for. */
  time: number;
}

/** What the clients did. */
export interface Figures {
  rounds: number;
  readonly faults: Record<string, number>;
  /** Puts that returned, and those of which nobody knows whether they were done. */
  accepted: number;
  unknown: number;
  delivered: number;
  /** Items that came more than once. */
  twice: number;
  /** Items that a consumer had taken when it was killed, or cut off with them in its hands, where that loses them. */
  lostWithConsumers: number;
  /** Items that were accepted since the last look when a service was killed that keeps them in its memory. */
  lostWithService: number;
  sections: number;
  /** Locks that came with the word that their holder was gone, and holders that heard that the lock was no more theirs. */
  abandoned: number;
  lost: number;
  /** Holders that heard it too late, behind the end of their lease: what fencing tokens are for. */
  late: number;
  reconnections: number;
  /** Milliseconds. */
  slowestRecovery: number;
}

export class FaultLog implements Disposable {
  readonly #file: number;
  readonly #chunk = new Uint8Array(65_536);
  #at = 0;
  #rest = "";
  readonly lines: Line[] = [];
  readonly #got = new Set<string>();
  /** Items that were accepted, that nobody got so far, and that were not given up. */
  readonly missing = new Set<string>();

  constructor(path: string) {
    this.#file = openSync(path, "r");
  }

  /** Reads what has come. */
  read(): readonly Line[] {
    for (;;) {
      const count = readSync(this.#file, this.#chunk, 0, this.#chunk.length, this.#at);
      if (count === 0) return this.lines;
      this.#at += count;
      const lines = (this.#rest + Buffer.from(this.#chunk.buffer, 0, count).toString("latin1")).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#note(line.split(" ") as unknown as Line);
    }
  }

  #note(line: Line): void {
    this.lines.push(line);
    const [what, , item] = line;
    if (what === "put" && !this.#got.has(item)) this.missing.add(item);
    if (what !== "got" && what !== "again") return;
    this.#got.add(item);
    this.missing.delete(item);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /**
   * Nothing has an error that no page tells of, nothing that came twice is unmarked where the service marks it, and a
   * critical section that ends within the lease, or whose holder was never told that it had lost the lock, has no other one in
   * it, and a larger token than those before.
   */
  check(figures: Figures, { keepsTaken: marks, lease }: Access): void {
    const seen = new Set<string>();
    const open = new Map<string, Section>();
    const ended = new Map<string, Section>();
    const fences = new Set<number>();
    let largest = 0;
    for (const [what, id, item, ...rest] of this.read()) {
      assert.notEqual(what, "error", `client ${id} has an error that no page tells of: ${[item, ...rest].join(" ")}`);
      if (what === "put") figures.accepted++;
      if (what === "unknown") figures.unknown++;
      if (what === "connected") figures.reconnections++;
      if (what === "abandoned") figures.abandoned++;
      if (what === "lost") figures.lost++;
      if (what === "got" || what === "again") {
        figures.delivered++;
        if (seen.has(item)) {
          figures.twice++;
          assert.ok(!marks || what === "again", `${item} came again to client ${id}, and was not marked`);
        }
        seen.add(item);
      }
      if (what === "begin") {
        const fence = Number(item);
        for (const { others } of open.values()) others.push(id);
        assert.ok(fence === 0 || !fences.has(fence), `two have the fencing token ${item}`);
        open.set(id, { id, fence, before: largest, others: [], time: 0 });
        if (fence > 0) fences.add(fence);
        largest = Math.max(largest, fence);
      }
      if (what === "end") {
        const section = open.get(id);
        if (section !== undefined) ended.set(id, { ...section, time: Number(item) });
        open.delete(id);
      }
      if (what === "released") {
        const { fence = 0, before = 0, others = [], time = 0 } = ended.get(id) ?? {};
        figures.sections++;
        const isAlone = others.length === 0 && (fence === 0 || fence > before);
        if (!isAlone && time >= lease) figures.late++;
        else
          assert.ok(isAlone, `client ${id} (${fence}, behind ${before}) and clients ${others.join(", ")} had the lock`);
      }
    }
  }
}
