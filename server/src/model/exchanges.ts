import type { ts } from "../source/syntax.js";
import { mayHaveReleases, type RepeatableRelease, repeatableReleasesIn } from "./releasers.js";
import { StateNames } from "./state-names.js";

/** What the code of one file gives others to call, and when it calls what others gave it. */
export interface FileExchanges {
  readonly repeatableReleases: readonly RepeatableRelease[];
}

const NONE: FileExchanges = { repeatableReleases: [] };

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
  if (!releases) return NONE;
  const names = new StateNames();
  try {
    return { repeatableReleases: releases ? repeatableReleasesIn(file, names) : [] };
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return NONE;
    throw error;
  }
}
