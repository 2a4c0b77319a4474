/**
 * Functions and classes that a message names by where they are on another host. No module is loaded for it, as whoever may
 * write to the server could have any file run: those count that this thread has loaded itself, at the same place or, seen
 * from the end, at the most similar one. What the library itself registers is not for strangers: it starts servers, say.
 */
import { isolate } from "../isolate.js";
import type { Registered, TaskName } from "../task-name.js";

type Module = ReadonlyMap<string, Registered>;

/** By the addresses in messages, as long as nothing more is loaded. */
const found = new Map<string, Module | undefined>();
/** Whoever writes messages chooses the addresses. */
const MOST_REMEMBERED = 1000;
let modulesThen = 0;

const OWN = /^heddle:/;

/** What the message means, as far as this thread has it. */
export function registeredLike({ url, name }: TaskName): Registered | undefined {
  if (OWN.test(name)) return undefined;
  if (modulesThen !== isolate.tasks.size || found.size >= MOST_REMEMBERED) found.clear();
  modulesThen = isolate.tasks.size;
  if (!found.has(url)) found.set(url, moduleLike(url));
  return found.get(url)?.get(name);
}

function moduleLike(url: string): Module | undefined {
  if (OWN.test(url)) return undefined;
  return isolate.tasks.get(url) ?? mostSimilar(url);
}

/** The last steps of a path, from the end; without the extension, as one side may have compiled it. */
function stepsOf(url: string): readonly string[] {
  return url
    .replace(/\.[cm]?[jt]sx?$/, "")
    .split("/")
    .reverse();
}

/** Undefined: none is similar, or two are that are not the same. */
function mostSimilar(url: string): Module | undefined {
  const wanted = stepsOf(url);
  let best: Module | undefined;
  let most = 0;
  for (const [known, module] of isolate.tasks) {
    if (OWN.test(known)) continue;
    const steps = stepsOf(known);
    let same = 0;
    while (same < steps.length && steps[same] === wanted[same]) same++;
    if (same === most && best !== module) best = undefined;
    if (same <= most) continue;
    best = module;
    most = same;
  }
  return best;
}
