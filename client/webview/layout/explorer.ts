import type { Frame } from "../../shared/frame.js";
import type { Description, Sums } from "../../shared/messages.js";
import type { Snapshot, ThreadNow } from "../../shared/snapshot.js";
import { blockersOf } from "./blockers.js";
import { type Details, detailsOf } from "./details.js";
import { NO_FILTER, type RelatedFilter } from "./filter.js";
import type { KeptState, Tab } from "./kept-state.js";
import type { Command } from "./keys.js";
import { momentDetails, momentSentence } from "./moment-details.js";
import { changeFrom } from "./runs.js";
import { back, emptyTrail, type Selection, select, type Trail, toBlocker } from "./selection.js";
import { lengthOf, type Span } from "./span.js";
import { ThreadFilter } from "./thread-filter.js";
import type { TraceState } from "./trace-state.js";
import { initialView, type Move, moved, spanOf, type View } from "./view.js";

/** What one press of a key does. */
const KEY_ZOOM = 1.4;
const KEY_PAN = 0.15;
/** Of what is seen. */
const KEY_STEP = 0.01;

/** A moment of a thread, 0 for none, of which more is to be known than the picture tells. */
export interface Moment {
  readonly thread: number;
  readonly time: number;
}

/** Where somebody is in a trace: which part of it is seen, and what is selected. */
export class Explorer {
  readonly #trace: TraceState;
  readonly #ask: (moment: Moment) => void;
  #view: View | undefined;
  #trail: Trail;
  #tab: Tab;
  #description: Description | undefined;
  #past: Snapshot | undefined;
  #mark: number | undefined;
  #sums: Sums | undefined;
  /** Which threads are shown. */
  readonly filter: ThreadFilter;
  /** What is looked for in the tables, as written. */
  search: string;
  /** Arrows show who ended whose waits. */
  areArrowsShown: boolean;

  /** `ask` is called for every moment that a description is needed of, `askRelated` for threads that a filter is to leave. */
  constructor(
    trace: TraceState,
    kept: KeptState,
    ask: (moment: Moment) => void,
    askRelated: (question: RelatedFilter) => void,
  ) {
    this.filter = new ThreadFilter(kept.filter, askRelated);
    this.#trace = trace;
    this.#ask = ask;
    this.#view = kept.view;
    this.#trail = kept.trail;
    this.#tab = kept.tab;
    this.search = kept.search;
    this.areArrowsShown = kept.areArrowsShown;
  }

  /** What is worth keeping for when the panel is shown again. */
  get kept(): KeptState {
    const { search, areArrowsShown } = this;
    const { filter } = this.filter;
    return { view: this.#view, trail: this.#trail, tab: this.#tab, search, areArrowsShown, filter };
  }

  /** Until somebody moves, what is best: a trace that grows is followed, one that has ended is seen as a whole. */
  get view(): View {
    return this.#view ?? { ...initialView, mode: this.#trace.isLive ? "follow" : "fit" };
  }

  get tab(): Tab {
    return this.#tab;
  }

  set tab(tab: Tab) {
    this.#tab = tab;
  }

  get selection(): Selection | undefined {
    return this.#trail.selection;
  }

  /** The moment that is looked at; undefined stands for now. */
  get moment(): number | undefined {
    return this.#trail.selection?.time;
  }

  /** All threads and locks at the moment that is looked at, or until that is known at the one before it. */
  get snapshot(): Snapshot | undefined {
    return this.moment === undefined ? this.#trace.snapshot : (this.#past ?? this.#trace.snapshot);
  }

  /** The threads that are shown, as they are now. */
  get threads(): readonly ThreadNow[] {
    return this.filter.threads(this.#trace.threads, this.selection?.thread ?? 0);
  }

  /** What of `snapshot` is shown. */
  get shownSnapshot(): Snapshot | undefined {
    return this.#shownOf(this.snapshot);
  }

  get canGoBack(): boolean {
    return this.#trail.before.length > 0;
  }

  /** The part of the trace that a frame is needed of. */
  wantedSpan(clock: number): Span {
    return spanOf(this.view, this.#trace.end(clock));
  }

  /**
   * The part that is drawn. What grows is drawn when there is a frame of it: drawn before that, it would have an empty
   * stripe at its end.
   */
  drawnSpan(frame: Frame | undefined, clock: number): Span {
    const grows = this.#trace.isLive && this.view.mode !== "free";
    return grows && frame !== undefined ? frame : this.wantedSpan(clock);
  }

  move(move: Move, clock: number): void {
    this.#view = moved(this.view, move, this.#trace.end(clock));
  }

  select(selection: Selection | undefined): void {
    this.#go(selection === undefined ? emptyTrail : select(selection));
  }

  /** Asks again about the selected moment: how it ended may be known by now. */
  refresh(): void {
    const { selection } = this.#trail;
    if (selection?.time !== undefined) this.#ask({ thread: selection.thread, time: selection.time });
  }

  describe(description: Description): void {
    this.#description = description;
  }

  /** What was asked for on the way here is shown until there is something newer. */
  look(snapshot: Snapshot): void {
    if (this.moment !== undefined) this.#past = snapshot;
  }

  /** Between the moment that was marked and the one that is looked at. */
  get area(): Span | undefined {
    const [mark, moment] = [this.#mark, this.moment];
    if (mark === undefined || moment === undefined || mark === moment) return undefined;
    return { from: Math.min(mark, moment), to: Math.max(mark, moment) };
  }

  /** What threads did in the area; undefined as long as that is not known. */
  get sums(): Sums | undefined {
    const { area } = this;
    return area !== undefined && this.#sums?.from === area.from && this.#sums.to === area.to ? this.#sums : undefined;
  }

  /** An area begins at a moment; undefined: there is none any more. */
  mark(time: number | undefined): void {
    this.#mark = time === undefined ? undefined : Math.max(0, Math.round(time));
    if (time !== undefined) this.#tab = "area";
  }

  sum(sums: Sums): void {
    this.#sums = sums;
  }

  /** Looks at another moment, of the same thread if one is selected. It stays or comes to be in the window. */
  scrub(time: number, clock: number): void {
    const moment = Math.round(Math.min(Math.max(time, 0), this.#trace.end(clock)));
    this.select({ thread: this.selection?.thread ?? 0, time: moment });
    this.move({ type: "show", time: moment }, clock);
  }

  /** The moment that is looked at in a sentence; undefined as long as it is not known. */
  sentence(): string | undefined {
    const snapshot = this.#shownOf(this.#pastOf(this.moment));
    return snapshot && momentSentence(snapshot, this.#trace.words);
  }

  #shownOf(snapshot: Snapshot | undefined): Snapshot | undefined {
    return snapshot && this.filter.snapshot(snapshot, this.selection?.thread ?? 0);
  }

  #pastOf(moment: number | undefined): Snapshot | undefined {
    return moment !== undefined && this.#past?.time === moment ? this.#past : undefined;
  }

  /** The selected thread and those that it waits for. Undefined as long as that is not known. */
  #known(clock: number): { thread: ThreadNow; blockers: readonly ThreadNow[]; time: number } | undefined {
    const { selection } = this.#trail;
    if (selection === undefined || selection.thread === 0) return undefined;
    if (selection.time === undefined) {
      const thread = this.#trace.words.thread(selection.thread);
      if (thread === undefined) return undefined;
      const blockers = blockersOf(thread, (id) => this.#trace.words.thread(id));
      return { thread, blockers, time: this.#trace.end(clock) };
    }
    const known = this.#description;
    return known?.thread.id === selection.thread && known.time === selection.time ? known : undefined;
  }

  details(clock: number): Details | undefined {
    if (this.selection?.thread === 0) {
      const past = this.#shownOf(this.#pastOf(this.moment));
      return past && momentDetails(past, this.#trace.words);
    }
    const known = this.#known(clock);
    if (known === undefined) return undefined;
    const { thread, blockers, time } = known;
    const tense = this.selection?.time !== undefined ? "past" : this.#trace.isLive ? "now" : "end";
    return detailsOf(thread, blockers, time, tense, this.#trace.words);
  }

  /** Goes on to the thread that the selected one waits for. */
  toBlocker(clock: number): void {
    const holder = this.details(clock)?.blocker ?? 0;
    if (holder !== 0) this.#go(toBlocker(this.#trail, holder));
  }

  back(): void {
    this.#go(back(this.#trail));
  }

  /** Does what a key stands for. `page` lanes fit into the window. */
  do(command: Exclude<Command, "help" | "filter" | "search">, frame: Frame | undefined, clock: number): void {
    const moves: Partial<Record<Command, Move>> = {
      follow: { type: "follow" },
      fit: { type: "fit" },
      zoomIn: { type: "zoom", factor: 1 / KEY_ZOOM, at: this.selection?.time },
      zoomOut: { type: "zoom", factor: KEY_ZOOM, at: this.selection?.time },
      earlier: { type: "pan", fraction: -KEY_PAN },
      later: { type: "pan", fraction: KEY_PAN },
    };
    const move = moves[command];
    if (command === "follow" && !this.#trace.isLive) return;
    if (move !== undefined) return this.move(move, clock);
    switch (command) {
      case "laneAbove":
        return this.#selectLane(this.#lane() < 0 ? 0 : this.#lane() - 1);
      case "laneBelow":
        return this.#selectLane(this.#lane() + 1);
      case "firstLane":
        return this.#selectLane(0);
      case "lastLane":
        return this.#selectLane(this.threads.length - 1);
      case "previousChange":
        return this.#toChange(-1, frame, clock);
      case "nextChange":
        return this.#toChange(1, frame, clock);
      case "momentEarlier":
        return this.#step(-1, frame, clock);
      case "momentLater":
        return this.#step(1, frame, clock);
      case "mark":
        return this.mark(this.#mark === undefined ? this.moment : undefined);
      case "toNow":
        return this.toNow();
      case "toBlocker":
        return this.toBlocker(clock);
      case "back":
        return this.back();
      case "arrows":
        this.areArrowsShown = !this.areArrowsShown;
        return;
      case "onlyRelated":
        return this.#onlyRelated();
      case "hide":
        return this.#hide();
      case "showAll":
        this.filter.filter = NO_FILTER;
        return;
      case "deselect":
        return this.select(undefined);
    }
  }

  #onlyRelated(): void {
    const thread = this.selection?.thread ?? 0;
    if (thread !== 0) this.filter.filter = { ...this.filter.filter, thread };
  }

  /** The selected thread goes, and the one below it is selected, or above if it was the last. */
  #hide(): void {
    const lane = this.#lane();
    const thread = this.threads[lane];
    if (thread === undefined) return;
    const next = this.threads[lane + 1] ?? this.threads[lane - 1];
    const { filter } = this.filter;
    this.filter.filter = { ...filter, hidden: [...filter.hidden, thread.id] };
    const { moment } = this;
    if (next !== undefined) this.select({ thread: next.id, time: moment });
    else this.select(moment === undefined ? undefined : { thread: 0, time: moment });
  }

  /** Looks at what is now, at the same thread. */
  toNow(): void {
    const thread = this.selection?.thread ?? 0;
    this.select(thread === 0 ? undefined : { thread, time: undefined });
  }

  /** From where nothing is looked at, the first step leads to the middle of what is seen, or to its end if that is now. */
  #step(direction: 1 | -1, frame: Frame | undefined, clock: number): void {
    const span = this.drawnSpan(frame, clock);
    const from = this.moment ?? (span.to >= this.#trace.end(clock) ? span.to : (span.from + span.to) / 2);
    this.scrub(from + direction * KEY_STEP * lengthOf(span), clock);
  }

  #lane(): number {
    return this.threads.findIndex(({ id }) => id === this.selection?.thread);
  }

  #selectLane(lane: number): void {
    const { threads } = this;
    const thread = threads[Math.min(Math.max(lane, 0), threads.length - 1)];
    if (thread !== undefined) this.select({ thread: thread.id, time: this.selection?.time });
  }

  /** To where the selected thread does something else. Where the frame shows no such moment, half a window further. */
  #toChange(direction: 1 | -1, frame: Frame | undefined, clock: number): void {
    if ((this.selection?.thread ?? 0) === 0) this.#selectLane(0);
    const selection = this.selection;
    const lane = frame?.lanes.find(({ thread }) => thread === selection?.thread);
    if (frame === undefined || lane === undefined || selection === undefined) return;
    const span = this.drawnSpan(frame, clock);
    const from = Math.min(Math.max(selection.time ?? span.to, span.from), span.to);
    const time = changeFrom(frame, lane.activity, from, direction);
    if (time !== undefined) {
      this.select({ thread: selection.thread, time });
      this.move({ type: "show", time }, clock);
    } else {
      this.move({ type: "pan", fraction: direction / 2 }, clock);
    }
  }

  #go(trail: Trail): void {
    this.#trail = trail;
    if (trail.selection?.time === undefined) this.#past = undefined;
    this.refresh();
  }
}
