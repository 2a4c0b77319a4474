/**
 * Modules that messages name by where they are on another host. None is loaded for a message, as whoever may write to the
 * server could have any file run: those count that this thread has loaded itself, at the same place or, seen from the
 * end, at the most similar one.
 */
import { isolate } from "../../isolate.js";
import { modulesOf } from "../process-codec.js";

/** What the message names is found afterwards, as far as this thread has it. */
export function knowModulesOf(message: Uint8Array): void {
  for (const url of modulesOf(message)) {
    if (isolate.tasks.has(url)) continue;
    const similar = similarTo(url);
    const found = similar === undefined ? undefined : isolate.tasks.get(similar);
    if (found !== undefined) isolate.tasks.set(url, found);
  }
}

/** The last steps of a path, from the end; without the extension, as one side may have compiled it. */
function stepsOf(url: string): readonly string[] {
  return url
    .replace(/\.[cm]?[jt]sx?$/, "")
    .split("/")
    .reverse();
}

function similarTo(url: string): string | undefined {
  const wanted = stepsOf(url);
  let best: string | undefined;
  let most = 0;
  for (const known of isolate.tasks.keys()) {
    const steps = stepsOf(known);
    let same = 0;
    while (same < steps.length && steps[same] === wanted[same]) same++;
    // Two are as similar, unless one is another name of the other.
    if (same === most && best !== undefined && isolate.tasks.get(best) !== isolate.tasks.get(known)) best = undefined;
    if (same <= most) continue;
    best = known;
    most = same;
  }
  return best;
}
