import { lengthOf, panned, type Span, showing, within, zoomed } from "./span.js";

/** How much of the past is seen beside the live edge, unless somebody zooms. Nanoseconds. */
const FOLLOWED = 10e9;

/** Which part of the trace is to be seen. */
export interface View {
  /** `follow`: the newest, with the live edge at the right. `fit`: all of it, however much it grows. */
  readonly mode: "follow" | "fit" | "free";
  /** What is seen in mode `free`. */
  readonly span: Span;
  /** How long a stretch is seen in mode `follow`, once there is so much. Nanoseconds. */
  readonly followed: number;
}

export type Move =
  | { readonly type: "follow" }
  | { readonly type: "fit" }
  /** `at` stays where it is; in mode `follow` the live edge does. */
  | { readonly type: "zoom"; readonly factor: number; readonly at: number | undefined }
  /** By a part of what is seen; positive goes on in time. */
  | { readonly type: "pan"; readonly fraction: number }
  | { readonly type: "go"; readonly span: Span }
  | { readonly type: "show"; readonly time: number };

export const initialView: View = { mode: "follow", span: { from: 0, to: 1e9 }, followed: FOLLOWED };

/** What a view shows of a trace that is `end` nanoseconds long. */
export function spanOf(view: View, end: number): Span {
  switch (view.mode) {
    case "fit":
      return within({ from: 0, to: end }, end);
    case "follow":
      return within({ from: end - view.followed, to: end }, end);
    case "free":
      return within(view.span, end);
  }
}

export function moved(view: View, move: Move, end: number): View {
  const span = spanOf(view, end);
  const go = (to: Span): View => ({ ...view, mode: "free", span: within(to, end) });
  switch (move.type) {
    case "follow":
    case "fit":
      return { ...view, mode: move.type };
    case "zoom": {
      if (view.mode === "follow") {
        return { ...view, followed: lengthOf(within(zoomed(span, move.factor, span.to), end)) };
      }
      return go(zoomed(span, move.factor, move.at ?? (span.from + span.to) / 2));
    }
    case "pan":
      return move.fraction === 0 ? view : go(panned(span, move.fraction));
    case "go":
      return go(move.span);
    case "show": {
      const shown = showing(span, move.time);
      return shown === span ? view : go(shown);
    }
  }
}
