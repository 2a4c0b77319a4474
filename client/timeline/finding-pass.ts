/**
 * Reads a trace file once more, for what went wrong in it. That takes longer than to draw it, so it is done behind the
 * picture, in short steps.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { TraceDecoder, type TraceSite } from "../../runtime/src/trace/decode.js";
import type { TraceFinding } from "../../runtime/src/trace/findings/finding.js";
import { Findings } from "../../runtime/src/trace/findings/findings.js";
import { filesOf } from "../../runtime/src/trace/summary.js";
import type { Finding, LockOrder } from "../shared/report.js";
import type { Place } from "../shared/snapshot.js";

/** Bytes of a step: a few milliseconds, in which nobody gets an answer. */
const STEP = 1 << 14;

export class FindingPass {
  readonly #file: string;
  readonly #findings = new Findings();
  readonly #sites = new Map<number, TraceSite>();
  readonly #piece = new Uint8Array(STEP);
  readonly #decoder: TraceDecoder;
  #descriptor: number | undefined;
  #position = 0;
  #isFinished = false;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
    const findings = this.#findings;
    this.#decoder = new TraceDecoder({
      thread: (thread) => findings.thread(thread),
      threadEnded: (end) => findings.threadEnded(end),
      object: (object) => findings.object(object),
      site: (site) => void this.#sites.set(site.id, site),
      event: (event) => findings.event(event),
      deadlock: (deadlock) => findings.deadlock(deadlock),
      processEnded: (end) => findings.processEnded(end),
      end: (end) => findings.end(end),
      drained: (time) => findings.drained(time),
    });
  }

  /** Whether all up to that byte was looked through, or nothing more can be. */
  isThrough(until: number): boolean {
    return this.#isClosed || this.#decoder.isDamaged || this.#position >= until;
  }

  /** Goes on, as far as to that byte. Throws what the file system and the decoder do. */
  step(until: number): void {
    if (this.isThrough(until)) return;
    this.#descriptor ??= openSync(this.#file, "r");
    const count = readSync(this.#descriptor, this.#piece, 0, Math.min(STEP, until - this.#position), this.#position);
    // Shorter than it was: it begins anew.
    if (count === 0) this.close();
    this.#position += count;
    this.#decoder.push(this.#piece.subarray(0, count));
  }

  /** What was found, in a recording of that length. When it `isOver`, what had not ended counts as well. */
  found(duration: number, isOver: boolean): readonly Finding[] {
    if (!isOver || this.#isFinished) return this.#findings.soFar(duration, this.#sites).map(told);
    this.#isFinished = true;
    return this.#findings.finish(duration, this.#sites).map(told);
  }

  /** Which locks were taken under which others; what the source says of it, the server adds. */
  lockOrder(): LockOrder {
    const { locks, edges } = this.#findings.lockOrder(this.#sites);
    return {
      locks: locks.map(({ name, count, made }) => ({ name, count, made: placeOf(made) })),
      edges: edges.map(({ held, taken, ...edge }) => ({
        ...{ ...edge, origin: "seen", held: placeOf(held), taken: placeOf(taken) },
      })),
    };
  }

  /** The files that places of the trace are in, as far as anybody needs them. */
  files(): readonly string[] {
    return filesOf(this.#sites.values());
  }

  /** Nothing more is looked at. */
  close(): void {
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function told({ kind, rule, message, places, times }: TraceFinding): Finding {
  return {
    ...{ id: rule ?? kind, isRule: rule !== undefined, message, times, isInSource: false },
    places: places.map(({ what, site }) => ({ what, place: placeOf(site) })),
  };
}

function placeOf(site: TraceSite | undefined): Place | undefined {
  return site && { file: site.file, line: site.line, column: site.column };
}
