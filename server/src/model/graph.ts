import type { Site } from "../source/site.js";
import type { Event, Exit } from "./events.js";
import type { Node } from "./function-model.js";

interface OpenNode {
  readonly event: Event;
  readonly next: number[];
  readonly onThrow: number[];
}

/** Where control may be: the nodes whose successor is not known yet. */
export type Frontier = readonly number[];

/** Where control goes when a condition holds, and when it does not. */
export interface Branches {
  readonly yes: Frontier;
  readonly no: Frontier;
}

/** What `break` can leave; a plain labelled block only by its label. */
export type Breakable = "loop" | "switch" | "block";

/**
 * What encloses the statement being lowered and must be passed on the way out of it.
 * `cleanup` (a `finally` block, the end of a `using` scope) is lowered once for every way out.
 */
type Frame =
  | {
      readonly kind: "target";
      readonly of: Breakable;
      readonly label: string | undefined;
      readonly breaks: number[];
      readonly continues: number[];
    }
  | { readonly kind: "handler"; readonly thrown: number[] }
  | { readonly kind: "cleanup"; readonly lower: () => void; readonly thrown: number[] };

/**
 * A cleanup inside a cleanup is lowered once for every way out of every way out. Beyond this many nodes in copies,
 * nobody would wait for the end.
 */
const MAX_COPIED = 20_000;

/** Ways that go on side by side. More meet in a node: a row of tests would else link each with all before it. */
const MAX_FRONTIER = 32;

/** A function nobody would wait for the end of. */
export class TooManyWaysError extends Error {}

/** Builds one function's control-flow graph. `emit` appends; the methods named after statements steer. */
export class GraphBuilder {
  readonly #nodes: OpenNode[] = [];
  #frontier: number[] = [];
  #frames: Frame[] = [];
  readonly #returned: { from: number[]; site: Site; gives: Exit["gives"] }[] = [];
  readonly #thrown: number[] = [];
  #copying = 0;
  #copied = 0;

  constructor(site: Site) {
    this.emit({ kind: "entry", site }, false);
  }

  /** Whether the place is reached at all; what follows a `return` is not lowered. */
  get reachable(): boolean {
    return this.#frontier.length > 0;
  }

  get frontier(): Frontier {
    return this.#frontier;
  }

  set frontier(nodes: Frontier) {
    this.#frontier = [...new Set(nodes)];
    const [first] = this.#frontier;
    if (first === undefined || this.#frontier.length <= MAX_FRONTIER) return;
    this.emit({ kind: "merge", site: this.#nodes[first]!.event.site }, false);
  }

  /** Appends an event; returns its node. */
  emit(event: Event, mayThrow: boolean): number {
    if (this.#copying > 0 && ++this.#copied > MAX_COPIED) {
      throw new TooManyWaysError("there are too many ways through the cleanups of one function");
    }
    const index = this.#nodes.length;
    this.#nodes.push({ event, next: [], onThrow: [] });
    this.#link(this.#frontier, index);
    this.#frontier = [index];
    if (mayThrow) this.#throwers().push(index);
    return index;
  }

  #link(from: Frontier, to: number): void {
    for (const node of from) {
      const { next } = this.#nodes[node]!;
      if (!next.includes(to)) next.push(to);
    }
  }

  #throwers(): number[] {
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      const frame = this.#frames[i]!;
      if (frame.kind !== "target") return frame.thrown;
    }
    return this.#thrown;
  }

  /** Begins a new path whose first node is entered by exceptions out of `thrown`. */
  #enterByThrow(thrown: readonly number[], site: Site): void {
    const index = this.#nodes.length;
    this.#nodes.push({ event: { kind: "rethrow", isThrow: false, site }, next: [], onThrow: [] });
    for (const node of thrown) {
      const from = this.#nodes[node]!;
      if (!from.onThrow.includes(index)) from.onThrow.push(index);
    }
    this.#frontier = [index];
  }

  /** `throw`: control goes to the nearest handler or cleanup. */
  raise(site: Site): void {
    this.#raise(site, true);
  }

  #raise(site: Site, isThrow: boolean): void {
    this.emit({ kind: "rethrow", isThrow, site }, true);
    this.#frontier = [];
  }

  /** `return`: control passes every cleanup on its way to the exit. */
  leave(site: Site, gives?: Exit["gives"]): void {
    this.#unwind(0, () => {
      this.#returned.push({ from: this.#frontier, site, gives });
    });
    this.#frontier = [];
  }

  /** `break` or `continue`, with or without a label. */
  jump(kind: "break" | "continue", label: string | undefined): void {
    for (let depth = this.#frames.length - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth]!;
      if (frame.kind !== "target") continue;
      const matches =
        label === undefined
          ? frame.of === "loop" || (frame.of === "switch" && kind === "break")
          : frame.label === label;
      if (!matches) continue;
      const list = kind === "break" ? frame.breaks : frame.continues;
      this.#unwind(depth + 1, () => {
        list.push(...this.#frontier);
      });
      break;
    }
    this.#frontier = [];
  }

  /** Runs the cleanups above `depth` from the inside out, each outside its own protection, then `arrive`. */
  #unwind(depth: number, arrive: () => void): void {
    const saved = this.#frames;
    for (let i = saved.length - 1; i >= depth; i--) {
      const frame = saved[i]!;
      if (frame.kind !== "cleanup") continue;
      this.#frames = saved.slice(0, i);
      this.#copy(frame.lower);
    }
    this.#frames = saved;
    if (this.reachable) arrive();
  }

  #copy(cleanup: () => void): void {
    this.#copying++;
    cleanup();
    this.#copying--;
  }

  /** A loop, switch or labelled block: `body` may jump to its end, or where it calls `continues` if it is a loop. */
  breakable(of: Breakable, label: string | undefined, body: (continues: () => void) => void): void {
    const frame: Frame = { kind: "target", of, label, breaks: [], continues: [] };
    this.#frames = [...this.#frames, frame];
    body(() => {
      this.frontier = [...this.#frontier, ...frame.continues];
    });
    this.#frames = this.#frames.slice(0, -1);
    this.frontier = [...this.#frontier, ...frame.breaks];
  }

  /** `try { body } catch { handler }` */
  catching(body: () => void, handler: () => void, site: Site): void {
    const frame: Frame = { kind: "handler", thrown: [] };
    this.#frames = [...this.#frames, frame];
    body();
    this.#frames = this.#frames.slice(0, -1);
    const after = this.#frontier;
    if (frame.thrown.length > 0) {
      this.#enterByThrow(frame.thrown, site);
      handler();
      this.frontier = [...after, ...this.#frontier];
    }
  }

  /** `try { body } finally { cleanup }`, also the scope of a `using` declaration. */
  protecting(body: () => void, cleanup: () => void, site: Site): void {
    const frame: Frame = { kind: "cleanup", lower: cleanup, thrown: [] };
    this.#frames = [...this.#frames, frame];
    body();
    this.#frames = this.#frames.slice(0, -1);
    if (this.reachable) cleanup();
    const after = this.#frontier;
    if (frame.thrown.length > 0) {
      this.#enterByThrow(frame.thrown, site);
      this.#copy(cleanup);
      if (this.reachable) this.#raise(site, false);
    }
    this.frontier = after;
  }

  /** Runs `body` once or more: what calls a function for every element is a loop, like those written as one. */
  repeating(site: Site, body: () => void): void {
    const head = this.emit({ kind: "loop", idle: false, site }, false);
    body();
    const after = this.#frontier;
    this.loopBack(head);
    this.#frontier = after;
  }

  /** Adds edges from the present place back to `head`, a node emitted before. */
  loopBack(head: number): void {
    this.#link(this.#frontier, head);
    this.#frontier = [];
  }

  /** Closes the graph: every open end reaches an exit. */
  finish(end: Site): readonly Node[] {
    if (this.reachable) this.#returned.push({ from: this.#frontier, site: end, gives: undefined });
    for (const { from, site, gives } of this.#returned) {
      this.#frontier = [...from];
      this.emit({ kind: "exit", how: "normal", gives, site }, false);
    }
    if (this.#thrown.length > 0) {
      const exit = this.#nodes.length;
      this.#nodes.push({ event: { kind: "exit", how: "throw", gives: undefined, site: end }, next: [], onThrow: [] });
      for (const node of this.#thrown) this.#nodes[node]!.onThrow.push(exit);
    }
    return this.#nodes;
  }
}
