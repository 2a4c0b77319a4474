import type { ts } from "../source/syntax.js";
import { type LateListener, lateListenersIn, mayListenLate } from "./late-listeners.js";
import { NamePlaces } from "./name-places.js";
import { PeerMakers } from "./peers.js";
import { mayHavePeers, type UnheardPeer, unheardPeersIn } from "./unheard-peers.js";

/** What a file says about the workers and processes that it makes. */
export interface FilePeers {
  readonly unheard: readonly UnheardPeer[];
  readonly late: readonly LateListener[];
}

const NONE: FilePeers = { unheard: [], late: [] };

const found = new WeakMap<ts.SourceFile, FilePeers>();

/** The text of the file alone says so, whence the answer lasts as long as the text. */
export function peersOf(file: ts.SourceFile | undefined): FilePeers {
  const known = file && found.get(file);
  if (!file || known) return known ?? NONE;
  const peers = lowerOrGiveUp(file);
  found.set(file, peers);
  return peers;
}

function lowerOrGiveUp(file: ts.SourceFile): FilePeers {
  const [isUnheard, isLate] = [mayHavePeers(file.text), mayListenLate(file.text)];
  if (!isUnheard && !isLate) return NONE;
  try {
    const makers = new PeerMakers(file);
    const places = new NamePlaces(file);
    return {
      unheard: isUnheard ? unheardPeersIn(file, makers, places) : [],
      late: isLate ? lateListenersIn(file, makers, places) : [],
    };
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return NONE;
    throw error;
  }
}
