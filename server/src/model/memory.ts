import type { Site } from "../source/site.js";

/** What a function does with views of a WebAssembly memory, which are of no use once the memory has grown. */
export type MemoryEvent = Take | Touch | Verify | Grow;

/** A variable or field is given a value: a view that was just made of the memory's buffer, or anything else. */
export interface Take {
  readonly kind: "take";
  readonly holder: Holder;
  /** Whether it is such a view. */
  readonly makes: boolean;
  /** Whether the variable begins with it. */
  readonly isFirst: boolean;
  readonly site: Site;
}

/** What holds a view is used. */
export interface Touch {
  readonly kind: "touch";
  readonly holder: Holder;
  readonly site: Site;
}

/** A condition asks whether the view is of the buffer that the memory has now. */
export interface Verify {
  readonly kind: "verify";
  readonly holder: Holder;
  readonly site: Site;
}

/** The memory may grow here. */
export interface Grow {
  readonly kind: "grow";
  readonly text: string;
  readonly site: Site;
}

/** A variable or field that a view is kept in. */
export interface Holder {
  readonly key: string;
  readonly text: string;
  /** Whether it outlives the call. */
  readonly isKept: boolean;
}
