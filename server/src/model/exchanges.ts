import type { ts } from "../source/syntax.js";
import { type Uses, usesIn } from "./callers.js";
import { TooManyWaysError } from "./graph.js";
import { type LateClear, lateClearsIn, mayHaveClears } from "./late-clears.js";
import { type LateReset, lateResetsIn, mayHaveResets } from "./late-resets.js";
import { mayHaveReleases, type RepeatableRelease, repeatableReleasesIn } from "./releasers.js";
import { StateNames } from "./state-names.js";

/** What the code of one file gives others to call, and what becomes of what others gave it. */
export interface FileExchanges {
  readonly repeatableReleases: readonly RepeatableRelease[];
  readonly lateResets: readonly LateReset[];
  readonly lateClears: readonly LateClear[];
}

const NONE: FileExchanges = { repeatableReleases: [], lateResets: [], lateClears: [] };

const found = new WeakMap<ts.SourceFile, FileExchanges>();

/** The text of the file alone says so, whence the answer lasts as long as the text. Most files are done with a look at it. */
export function exchangesOf(file: ts.SourceFile): FileExchanges {
  const known = found.get(file);
  if (known) return known;
  const exchanges = readOrGiveUp(file);
  found.set(file, exchanges);
  return exchanges;
}

function readOrGiveUp(file: ts.SourceFile): FileExchanges {
  const releases = mayHaveReleases(file.text);
  const resets = mayHaveResets(file.text);
  const clears = mayHaveClears(file.text);
  if (!releases && !resets && !clears) return NONE;
  const names = new StateNames();
  let used: Uses | undefined;
  const uses = (): Uses => {
    used ??= usesIn(file);
    return used;
  };
  try {
    return {
      repeatableReleases: releases ? repeatableReleasesIn(file, names, uses) : [],
      lateResets: resets ? lateResetsIn(file, names, uses) : [],
      lateClears: clears ? lateClearsIn(file, names, uses) : [],
    };
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return NONE;
    throw error;
  }
}
