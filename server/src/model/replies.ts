import type { ts } from "../source/syntax.js";
import { type LostError, lostErrorsIn, mayLoseErrors } from "./lost-errors.js";
import { StateNames } from "./state-names.js";
import { mayReply, type UncaughtReply, uncaughtRepliesIn } from "./uncaught-replies.js";

/** How the code of one file answers those who wait for an answer. */
export interface FileReplies {
  readonly lostErrors: readonly LostError[];
  readonly uncaughtReplies: readonly UncaughtReply[];
}

const NONE: FileReplies = { lostErrors: [], uncaughtReplies: [] };

const found = new WeakMap<ts.SourceFile, FileReplies>();

/** The text of the file alone says so, whence the answer lasts as long as the text. Most files are done with a look at it. */
export function repliesOf(file: ts.SourceFile): FileReplies {
  const known = found.get(file);
  if (known) return known;
  const replies = readOrGiveUp(file);
  found.set(file, replies);
  return replies;
}

function readOrGiveUp(file: ts.SourceFile): FileReplies {
  const loses = mayLoseErrors(file.text);
  const answers = mayReply(file.text);
  if (!loses && !answers) return NONE;
  try {
    return {
      lostErrors: loses ? lostErrorsIn(file) : [],
      uncaughtReplies: answers ? uncaughtRepliesIn(file, new StateNames()) : [],
    };
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return NONE;
    throw error;
  }
}
