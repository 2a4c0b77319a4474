import { element, setAttribute, setShown, setText } from "./element.js";
import { formatMoment } from "./layout/duration.js";
import { lengthOf, pixelAt, type Span, timeAt } from "./layout/span.js";

export interface ScrubberActions {
  /** Looks at a moment. */
  scrub(time: number): void;
  /** The one that is looked at, be it not drawn yet: keys come faster than frames. */
  moment(): number | undefined;
  /** An area begins at a moment; undefined: there is none any more. */
  mark(time: number | undefined): void;
  turn(event: WheelEvent): void;
}

export interface ScrubberContent {
  readonly span: Span;
  /** CSS pixels that the span fills. */
  readonly width: number;
  /** Undefined: what is looked at is now. */
  readonly moment: number | undefined;
  /** The last moment there is something about. */
  readonly end: number;
  /** What there is at the moment; undefined as long as that is not known. */
  readonly sentence: string | undefined;
}

/** Parts of what is seen. */
const STEP = 0.01;
const PAGE = 0.1;

/** The handle on the time axis: a slider for pointers and keys, whose value is all that is there at the moment. */
export class Scrubber {
  readonly root = element("div", {
    class: "scrubber",
    role: "slider",
    tabindex: "0",
    "aria-label": "Moment",
    "aria-valuemin": "0",
    "aria-valuenow": "0",
    "aria-valuemax": "0",
  });
  readonly #flag = element("span", { class: "flag", hidden: "" });
  readonly #actions: ScrubberActions;
  #content: ScrubberContent | undefined;
  #isHeld = false;

  constructor(actions: ScrubberActions) {
    this.#actions = actions;
    this.root.append(this.#flag);
    this.root.addEventListener("wheel", (event) => actions.turn(event), { passive: false });
    this.root.addEventListener("keydown", (event) => this.#pressed(event));
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.root.setPointerCapture(event.pointerId);
      this.#isHeld = true;
      actions.mark(event.shiftKey ? this.#timeAt(event) : undefined);
      this.#pull(event);
    });
    this.root.addEventListener("pointermove", (event) => {
      if (this.#isHeld) this.#pull(event);
    });
    for (const over of ["pointerup", "pointercancel"]) {
      this.root.addEventListener(over, () => {
        this.#isHeld = false;
      });
    }
  }

  show(content: ScrubberContent): void {
    this.#content = content;
    const { span, width, moment, end, sentence } = content;
    this.root.style.width = `${width}px`;
    // Microseconds: what reads values aloud takes whole numbers of a size that it can say.
    setAttribute(this.root, "aria-valuemax", String(Math.round(end / 1e3)));
    setAttribute(this.root, "aria-valuenow", String(Math.round((moment ?? end) / 1e3)));
    setAttribute(this.root, "aria-valuetext", moment === undefined ? "now" : (sentence ?? formatMoment(moment)));
    const x = moment === undefined ? -1 : pixelAt(span, width, moment);
    setShown(this.#flag, x >= 0 && x <= width);
    if (moment === undefined || this.#flag.hidden) return;
    setText(this.#flag, formatMoment(moment));
    this.#flag.style.left = `${Math.round(x)}px`;
    // Near the right edge it stands at the other side of its line.
    this.#flag.classList.toggle("before", x > width - 90);
  }

  #pull(event: PointerEvent): void {
    const time = this.#timeAt(event);
    if (time !== undefined) this.#actions.scrub(time);
  }

  #timeAt({ clientX }: PointerEvent): number | undefined {
    if (this.#content === undefined) return undefined;
    const { span, width } = this.#content;
    const x = clientX - this.root.getBoundingClientRect().left;
    return timeAt(span, width, Math.min(Math.max(x, 0), width));
  }

  #pressed(event: KeyboardEvent): void {
    if (this.#content === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { span } = this.#content;
    const moment = this.#actions.moment() ?? span.to;
    const step = lengthOf(span) * (event.shiftKey ? STEP / 10 : STEP);
    const page = lengthOf(span) * PAGE;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: moment - step,
      ArrowDown: moment - step,
      ArrowRight: moment + step,
      ArrowUp: moment + step,
      PageDown: moment - page,
      PageUp: moment + page,
      Home: span.from,
      End: span.to,
    };
    const time = moves[event.key];
    if (time === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#actions.scrub(time);
  }
}
