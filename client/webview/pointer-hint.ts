import type { Frame } from "../shared/frame.js";
import type { Description, Question } from "../shared/messages.js";
import { hintFor } from "./layout/hint.js";
import { QuestionQueue } from "./layout/question-queue.js";
import type { Words } from "./layout/words.js";
import type { Spot } from "./timeline.js";
import { Tooltip } from "./tooltip.js";

/** How long the pointer has to rest before places are asked for. Milliseconds. */
const REST = 60;

/** Tells what the pointer is at: at once what the picture knows, and a moment later the lines as well. */
export class PointerHint {
  readonly #tooltip = new Tooltip();
  readonly #words: Words;
  readonly #questions: QuestionQueue<Spot>;
  #timer = 0;
  #at: { readonly spot: Spot; readonly x: number; readonly y: number; readonly frame: Frame | undefined } | undefined;

  constructor(words: Words, send: (question: Question) => void, newRequest: () => number) {
    this.#words = words;
    this.#questions = new QuestionQueue(
      ({ thread, time }, request) => send({ type: "describe", request, thread: thread.id, time }),
      newRequest,
    );
  }

  get root(): HTMLElement {
    return this.#tooltip.root;
  }

  show(spot: Spot | undefined, x: number, y: number, frame: Frame | undefined): void {
    clearTimeout(this.#timer);
    this.#at = spot && { spot, x, y, frame };
    if (spot === undefined) return this.#tooltip.hide();
    this.#tooltip.show(x, y, hintFor(spot, frame, undefined, this.#words));
    this.#timer = setTimeout(() => this.#questions.ask(spot, performance.now()), REST);
  }

  /** Takes a description if it is one that was asked for here. */
  take({ request, time, thread }: Description): boolean {
    if (!this.#questions.answered(request, performance.now())) return false;
    const at = this.#at;
    if (at !== undefined && at.spot.time === time && at.spot.thread.id === thread.id) {
      this.#tooltip.show(at.x, at.y, hintFor(at.spot, at.frame, thread, this.#words));
    }
    return true;
  }
}
