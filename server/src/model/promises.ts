import type { ts } from "../source/syntax.js";
import { type RaceLoser, raceLosersIn } from "./race-losers.js";
import { StateNames } from "./state-names.js";

/** What the code of one file does with promises, whatever state they are about. */
export interface FilePromises {
  readonly raceLosers: readonly RaceLoser[];
}

const NONE: FilePromises = { raceLosers: [] };

const found = new WeakMap<ts.SourceFile, FilePromises>();

/** The text of the file alone says so, whence the answer lasts as long as the text. Most files are done with a look at it. */
export function promisesOf(file: ts.SourceFile | undefined): FilePromises {
  const known = file && found.get(file);
  if (!file || known) return known ?? NONE;
  const promises = readOrGiveUp(file);
  found.set(file, promises);
  return promises;
}

function readOrGiveUp(file: ts.SourceFile): FilePromises {
  const races = /\bPromise\s*\.\s*race\s*\(/.test(file.text);
  if (!races) return NONE;
  const names = new StateNames();
  try {
    return { raceLosers: races ? raceLosersIn(file, names) : [] };
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return NONE;
    throw error;
  }
}
