interface Last {
  parts: readonly unknown[];
  /** What was seen in each of the parts. */
  readonly seen: (readonly unknown[])[];
  all: readonly unknown[];
}

/**
 * What was gathered from all parts of a program last: from its files, say. After an edit one part of thousands is another,
 * and only that one is looked at.
 */
export class Gathered {
  readonly #last = new WeakMap<object, Last>();

  /**
   * What `look` sees in the parts, one after the other: the same list as last time if it sees the same. It must be the same
   * function each time, and rest on nothing but the part that it is given.
   */
  from<P, R>(parts: readonly P[], look: (part: P) => readonly R[]): readonly R[] {
    const last = this.#last.get(look);
    if (last === undefined) {
      const seen = parts.map((part) => look(part));
      const all = joined(seen);
      this.#last.set(look, { parts, seen, all });
      return all as readonly R[];
    }
    if (last.parts !== parts && lookAgain(last, parts, look as (part: unknown) => readonly unknown[])) {
      last.all = joined(last.seen);
    }
    return last.all as readonly R[];
  }
}

/** Looks at what is between the first and the last part that is another than before. Whether something else is seen there. */
function lookAgain(last: Last, parts: readonly unknown[], look: (part: unknown) => readonly unknown[]): boolean {
  const { parts: before, seen } = last;
  const shorter = Math.min(before.length, parts.length);
  let begin = 0;
  while (begin < shorter && before[begin] === parts[begin]) begin++;
  let rest = 0;
  while (rest < shorter - begin && before[before.length - 1 - rest] === parts[parts.length - 1 - rest]) rest++;
  const isAligned = before.length === parts.length;
  const anew = parts
    .slice(begin, parts.length - rest)
    .map((part, index) => (isAligned && before[begin + index] === part ? seen[begin + index]! : look(part)));
  const gone = seen.slice(begin, before.length - rest);
  // Not `splice`: an engine takes only so many arguments.
  const behind = seen.splice(begin).slice(gone.length);
  for (const each of anew) seen.push(each);
  for (const each of behind) seen.push(each);
  last.parts = parts;
  return !isSame(joined(anew), joined(gone));
}

function joined(lists: readonly (readonly unknown[])[]): readonly unknown[] {
  const all: unknown[] = [];
  for (const list of lists) for (const each of list) all.push(each);
  return all;
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
