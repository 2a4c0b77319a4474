import type { ts } from "../source/syntax.js";
import { type EarlyDisposal, earlyDisposalsIn } from "./early-disposals.js";
import { type FloatingPromise, floatingPromisesIn, mayFloat } from "./floating.js";
import { type IgnoredCallback, ignoredCallbacksIn } from "./ignored-callbacks.js";
import { type LoopCapture, loopCapturesIn, mayHaveCaptures } from "./loop-captures.js";
import { NamePlaces } from "./name-places.js";
import { promisePlacesIn } from "./promise-places.js";
import { type RaceLoser, raceLosersIn } from "./race-losers.js";
import { StateNames } from "./state-names.js";
import { type UnfinishedObject, unfinishedObjectsIn } from "./unfinished-objects.js";

/** What the code of one file does with promises, whatever state they are about. */
export interface FilePromises {
  readonly raceLosers: readonly RaceLoser[];
  readonly earlyDisposals: readonly EarlyDisposal[];
  readonly loopCaptures: readonly LoopCapture[];
  readonly ignoredCallbacks: readonly IgnoredCallback[];
  readonly unfinishedObjects: readonly UnfinishedObject[];
  readonly floating: readonly FloatingPromise[];
}

const NONE: FilePromises = {
  raceLosers: [],
  earlyDisposals: [],
  loopCaptures: [],
  ignoredCallbacks: [],
  unfinishedObjects: [],
  floating: [],
};

/** What ends something behind a `return`. Comments are full of the word `using`, and of the word `async`. */
const ENDING =
  /\bfinally\s*(?:\{|\/)|\busing(?<=(?:^|[;{}(:]|\*\/)[ \t]*(?:await\s+)?using)\s+(?:\/|[^\s:=,;/]+\s*[:=;/])/m;
/** What makes a function or a method an async one. */
const ASYNC = /\basync\s*(?:[(*<["'`/]|function\b|[#\w$\u0080-\uffff]+\s*(?:=>|[(<*?/]))/;
/** Methods of lists that know nothing of promises. */
const CALLING = /\.(?:filter|some|every|find(?:Last)?(?:Index)?|sort|toSorted|forEach|map)\s*\(/;

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
  const { text } = file;
  const races = /\bPromise\s*\.\s*race\s*\(/.test(text);
  const disposals = /\breturn\b/.test(text) && ENDING.test(text);
  const captures = mayHaveCaptures(text);
  const isAsync = text.includes("async") && ASYNC.test(text);
  const callbacks = isAsync && CALLING.test(text);
  const constructors = isAsync && /\bconstructor\s*\(|\bnew\s+Promise\b/.test(text);
  const floats = mayFloat(text);
  if (!floats && !constructors && !races && !disposals && !captures && !callbacks) return NONE;
  const names = new StateNames();
  try {
    const places = promisePlacesIn(file);
    return {
      raceLosers: races ? raceLosersIn(file, places, names) : [],
      loopCaptures: captures ? loopCapturesIn(places, names, new NamePlaces(file)) : [],
      ignoredCallbacks: callbacks ? ignoredCallbacksIn(places, names) : [],
      unfinishedObjects: constructors ? unfinishedObjectsIn(places, names) : [],
      floating: floats ? floatingPromisesIn(file, places, names) : [],
      earlyDisposals: disposals ? earlyDisposalsIn(places, names) : [],
    };
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return NONE;
    throw error;
  }
}
