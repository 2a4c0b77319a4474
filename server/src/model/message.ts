import type { Site } from "../source/site.js";

/** A message is given a value that no message can hold: sending it throws. */
export interface Uncloneable {
  readonly kind: "uncloneable";
  /** What cannot be copied, as written, and where. */
  readonly text: string;
  readonly site: Site;
  /** What it is: `function`, `symbol`, or the name of its class. */
  readonly what: string;
  /** What is called to send it, and where. */
  readonly by: string;
  readonly sent: Site;
  /** What to cut so that the message goes without it; undefined where it is the message, or text would be lost. */
  readonly cut: Site | undefined;
  /** Whether it can be awaited here, and what comes of it be sent. */
  readonly mayAwait: boolean;
}
