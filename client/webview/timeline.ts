import type { Frame } from "../shared/frame.js";
import type { CounterNow, ThreadNow } from "../shared/snapshot.js";
import { element, setAttribute, setShown, setText } from "./element.js";
import { type GestureActions, listenToGestures, turn } from "./gestures.js";
import { AXIS_HEIGHT, LaneCanvas } from "./lane-canvas.js";
import { LaneNames } from "./lane-names.js";
import { type LaneShape, laneAt, laneShape, scrollToLane, visibleLanes } from "./layout/lane-geometry.js";
import type { Notice } from "./layout/notices.js";
import { type Span, timeAt } from "./layout/span.js";
import type { Move } from "./layout/view.js";
import type { Words } from "./layout/words.js";
import type { Palette } from "./palette.js";
import { Scrubber } from "./scrubber.js";

/** Rows are asked for by so many: whoever scrolls a little needs no others. */
const SOME = 8;
const idOf = ({ object }: CounterNow): number => object.id;

/** A place in the lanes: a row of a thread at a moment. */
export interface Spot {
  readonly thread: ThreadNow;
  readonly row: "activity" | "holding";
  readonly time: number;
}

export interface TimelineActions {
  move(move: Move): void;
  /** `time` is undefined for a click on a name. */
  select(thread: number, time: number | undefined): void;
  /** Looks at a moment, whatever thread is selected. */
  scrub(time: number): void;
  /** The moment that is looked at, be it not drawn yet. */
  moment(): number | undefined;
  /** An area begins at a moment; undefined: there is none any more. */
  mark(time: number | undefined): void;
  /** With the place of the pointer in the window. Undefined when it points at no lane. */
  hover(spot: Spot | undefined, x: number, y: number): void;
  /** Something that only this knows has changed: the size, or how far it is scrolled. */
  changed(): void;
}

export interface TimelineContent {
  readonly threads: readonly ThreadNow[];
  readonly counters: readonly CounterNow[];
  readonly frame: Frame | undefined;
  readonly span: Span;
  readonly now: number;
  /** Ids; 0 for none. */
  readonly selected: number;
  readonly blocker: number;
  readonly moment: number | undefined;
  readonly area: Span | undefined;
  readonly areArrowsShown: boolean;
  /** What there is at the moment; undefined as long as that is not known. */
  readonly sentence: string | undefined;
  /** The last moment there is something about. */
  readonly end: number;
  readonly corner: string;
  readonly notice: Notice | undefined;
}

/** Names at the left, lanes at the right, and what is to be said where there are none. */
export class Timeline {
  readonly root: HTMLElement;
  readonly canvas: LaneCanvas;
  readonly #names: LaneNames;
  readonly #scrubber: Scrubber;
  readonly #corner = element("div", { class: "corner" });
  readonly #left: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #window: HTMLElement;
  readonly #spacer = element("div", { class: "spacer" });
  readonly #noticeTitle = element("strong");
  readonly #noticeText = element("span", { dir: "auto" });
  readonly #notice = element("div", { class: "notice", hidden: "" }, this.#noticeTitle, this.#noticeText);
  #threads: readonly ThreadNow[] = [];
  #ids: readonly number[] = [];
  /** A thread whose lane is to be shown as soon as there is one; 0 for none. */
  #toReveal = 0;
  /** Of threads and counters. */
  #rows = 0;
  #shape: LaneShape = laneShape(0);
  #span: Span = { from: 0, to: 1 };

  constructor(words: Words, palette: Palette, actions: TimelineActions) {
    this.canvas = new LaneCanvas(words, palette);
    this.#names = new LaneNames((lane) => {
      const thread = this.#threads[lane];
      if (thread !== undefined) actions.select(thread.id, undefined);
    });
    this.#left = element(
      "div",
      { class: "left" },
      this.#corner,
      element("div", { class: "rows" }, this.#names.root, this.#names.counters),
    );
    const gestures = this.#gestures(actions);
    this.#scrubber = new Scrubber({
      scrub: actions.scrub,
      moment: actions.moment,
      mark: actions.mark,
      turn: (event) => turn(event, gestures),
    });
    const right = element("div", { class: "right" }, this.canvas.root, this.#scrubber.root);
    this.#window = element("div", { class: "window" }, this.#left, right);
    this.#scroller = element("div", { class: "scroller" }, this.#window, this.#spacer);
    this.root = element(
      "section",
      { class: "timeline", "aria-label": "Threads over time" },
      this.#scroller,
      this.#notice,
    );
    this.#scroller.addEventListener("scroll", () => actions.changed());
    new ResizeObserver(() => actions.changed()).observe(this.#scroller);
    listenToGestures(this.canvas.root, gestures);
  }

  #gestures(actions: TimelineActions): GestureActions {
    const time = (x: number): number => timeAt(this.#span, this.canvas.width, x);
    return {
      width: () => this.canvas.width,
      timeAt: time,
      move: actions.move,
      scrollBy: (pixels) => {
        this.#scroller.scrollTop += pixels;
      },
      click: ({ x, y }) => {
        const hit = y < 0 ? undefined : laneAt(this.#shape, this.#threads.length, y + this.#scroller.scrollTop);
        const thread = hit && this.#threads[hit.lane];
        if (thread !== undefined) actions.select(thread.id, Math.max(0, Math.round(time(x))));
        else if (y >= 0) actions.scrub(time(x));
        this.focus();
      },
      hover: (point) => {
        const scrolled = (point?.y ?? -1) < 0 ? -1 : point!.y + this.#scroller.scrollTop;
        const hit = laneAt(this.#shape, this.#threads.length, scrolled);
        const thread = hit && this.#threads[hit.lane];
        if (point === undefined || hit === undefined || thread === undefined) return actions.hover(undefined, 0, 0);
        const { left, top } = this.canvas.root.getBoundingClientRect();
        const spot = { thread, row: hit.row, time: Math.round(time(point.x)) };
        actions.hover(spot, left + point.x, top + AXIS_HEIGHT + point.y);
      },
    };
  }

  focus(): void {
    this.#names.root.focus({ preventScroll: true });
  }

  /** Of all rows and the axis, in CSS pixels. */
  get wholeHeight(): number {
    return this.#rows * this.#shape.height + AXIS_HEIGHT;
  }

  /** How many lanes fit, at least one. */
  get page(): number {
    return Math.max(1, Math.floor((this.canvas.height - AXIS_HEIGHT) / this.#shape.height));
  }

  /** Fits the canvas to its place. To be called before it is asked how wide it is. */
  measure(): void {
    const { clientWidth, clientHeight } = this.#scroller;
    const width = clientWidth - this.#left.offsetWidth;
    this.#window.style.height = `${clientHeight}px`;
    // It stays where it is while the space behind it is scrolled, and so takes no space itself.
    this.#window.style.marginBottom = `${-clientHeight}px`;
    this.canvas.resize(Math.max(1, width), Math.max(1, clientHeight), devicePixelRatio);
  }

  /** The rows that are seen and some around them, so that they are there when somebody scrolls; and one thread's. */
  wantedRows(
    threads: readonly ThreadNow[],
    counters: readonly CounterNow[],
    selected: number,
  ): { readonly threads: readonly number[]; readonly counters: readonly number[] } {
    this.#setRows(threads, counters.length);
    const height = this.canvas.height - AXIS_HEIGHT;
    const seen = visibleLanes(this.#shape, this.#rows, this.#scroller.scrollTop, height);
    const first = Math.max(0, (Math.floor(seen.first / SOME) - 1) * SOME);
    const end = (Math.floor(seen.last / SOME) + 2) * SOME;
    const ids = this.#ids.slice(first, end);
    return {
      threads: selected === 0 || ids.includes(selected) ? ids : [...ids, selected],
      counters: counters.slice(Math.max(0, first - threads.length), Math.max(0, end - threads.length)).map(idOf),
    };
  }

  reveal(thread: number): void {
    const lane = this.#ids.indexOf(thread);
    // A debugger may select a thread before its lane is shown.
    this.#toReveal = lane < 0 ? thread : 0;
    if (lane < 0) return;
    const { scrollTop } = this.#scroller;
    this.#scroller.scrollTop = scrollToLane(this.#shape, lane, scrollTop, this.canvas.height - AXIS_HEIGHT);
  }

  show(content: TimelineContent): void {
    const { threads, counters, frame, span, now, selected, blocker, moment, area, sentence, end, corner, notice } =
      content;
    this.#setRows(threads, counters.length);
    if (this.#toReveal !== 0) this.reveal(this.#toReveal);
    this.#span = span;
    const { scrollTop } = this.#scroller;
    const lane = this.#ids.indexOf(selected);
    const rows = visibleLanes(this.#shape, this.#rows, scrollTop, this.canvas.height - AXIS_HEIGHT);
    const range = { first: rows.first, last: Math.min(rows.last, threads.length - 1) };
    setText(this.#corner, corner);
    this.#names.show(threads, range, this.#shape, scrollTop, lane, now);
    this.#names.showCounters(counters, threads.length, rows, this.#shape, scrollTop);
    this.canvas.draw({
      frame,
      span,
      threads: this.#ids,
      counters: counters.map(({ object, room, most }) => ({
        object: object.id,
        full: object.kind === "pool" ? Math.max(room, most) : most,
      })),
      shape: this.#shape,
      scrollTop,
      selected: lane,
      moment,
      area,
      areArrowsShown: content.areArrowsShown,
      blocker: this.#ids.indexOf(blocker),
    });
    this.#scrubber.show({ span, width: this.canvas.width, moment, end, sentence });
    this.#showNotice(notice);
  }

  #setRows(threads: readonly ThreadNow[], counters: number): void {
    const rows = threads.length + counters;
    this.#threads = threads;
    const isSame = threads.length === this.#ids.length && threads.every(({ id }, i) => id === this.#ids[i]);
    if (isSame && rows === this.#rows) return;
    if (!isSame) this.#ids = threads.map(({ id }) => id);
    this.#rows = rows;
    this.#shape = laneShape(rows);
    // The window itself takes the height of what is seen.
    this.#spacer.style.height = `${this.wholeHeight}px`;
  }

  #showNotice(notice: Notice | undefined): void {
    setShown(this.#notice, notice !== undefined);
    if (notice === undefined) return;
    setText(this.#noticeTitle, notice.title);
    setText(this.#noticeText, notice.text);
    setAttribute(this.#notice, "class", `notice ${notice.isWhole ? "whole" : "below"}${notice.isBad ? " bad" : ""}`);
  }
}
