import type { Wait } from "../../shared/snapshot.js";
import type { Frame } from "./stack-text.js";

/**
 * The calls of a stack from the innermost of the program itself on: what it uses to wait, and other packages it is in at
 * the moment, are left out. All of them where the program has none.
 */
export function ownFrames(frames: readonly Frame[], wait: Wait | undefined): readonly Frame[] {
  const { file, line } = wait?.place ?? {};
  const waits = frames.findIndex(({ place }) => place.file === file && place.line === line);
  const own = waits >= 0 ? waits : frames.findIndex(({ place }) => !/[\\/]node_modules[\\/]/.test(place.file));
  return frames.slice(Math.max(0, own));
}
