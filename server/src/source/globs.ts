/** A pattern nobody can match. The message is a phrase that says what is wrong with it. */
export class GlobError extends Error {}

/** A pattern for paths: one of its alternatives must match, segment by segment. */
export type Glob = readonly (readonly string[])[];

/** Braces multiply: more alternatives than this are nobody's intention. */
const mostAlternatives = 1000;

/**
 * Reads a pattern for paths relative to a folder: `*` and `?` stay within a name, `**` stands for any number of folders,
 * `{a,b}` for either. A folder's pattern means all that is in it. Throws `GlobError`.
 */
export function parseGlob(pattern: string): Glob {
  if (pattern === "") throw new GlobError("is empty");
  if (pattern.startsWith("!")) throw new GlobError("begins with !, and nothing can be taken back");
  if (pattern.startsWith("/")) throw new GlobError("begins with /; patterns are relative to the file they stand in");
  if (pattern.includes("\\")) throw new GlobError("has a backslash; folders are separated by /");
  return withoutBraces(pattern).map((alternative) => {
    const segments = alternative.split("/").filter((segment) => segment !== "" && segment !== ".");
    if (segments.includes("..")) throw new GlobError("leads out of the folder of the file it stands in");
    // All that is in a folder is the folder.
    while (segments.length > 1 && segments.at(-1) === "**") segments.pop();
    if (segments.length === 0) throw new GlobError("names nothing");
    return segments;
  });
}

/** Whether the pattern matches a path or a folder above it. `path` is relative and has no `..`. */
export function matchesGlob(path: string, glob: Glob): boolean {
  const segments = path.split("/");
  return segments.some((_, index) => matchesWhole(segments.slice(0, index + 1), glob));
}

/** Whether the pattern matches just this path. */
function matchesWhole(path: readonly string[], glob: Glob): boolean {
  return glob.some((pattern) => matchSequence(path, pattern, (segment) => segment === "**", matchesSegment));
}

function matchesSegment(name: string, pattern: string): boolean {
  return matchSequence(
    [...name],
    [...pattern],
    (character) => character === "*",
    (character, wanted) => wanted === "?" || character === wanted,
  );
}

/** Only the last wildcard seen need ever be stretched, so the time is at most the product of the lengths. */
function matchSequence(
  text: readonly string[],
  pattern: readonly string[],
  isWildcard: (part: string) => boolean,
  matches: (part: string, wanted: string) => boolean,
): boolean {
  let at = 0;
  let wanted = 0;
  let wildcard = -1;
  let resume = 0;
  while (at < text.length) {
    const part = pattern[wanted];
    if (part !== undefined && isWildcard(part)) {
      wildcard = wanted++;
      resume = at;
    } else if (part !== undefined && matches(text[at]!, part)) {
      at++;
      wanted++;
    } else if (wildcard >= 0) {
      wanted = wildcard + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(wanted).every(isWildcard);
}

function withoutBraces(pattern: string): readonly string[] {
  const open = [pattern];
  const done: string[] = [];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (open.length + done.length > mostAlternatives) throw new GlobError("has too many alternatives");
    // The innermost pair comes first, so that the parts between its commas have none.
    const braces = /\{([^{}]*)\}/.exec(each);
    if (!braces) {
      if (/[{}]/.test(each)) throw new GlobError("has a brace without its other half");
      done.push(each);
      continue;
    }
    const before = each.slice(0, braces.index);
    const after = each.slice(braces.index + braces[0].length);
    for (const part of (braces[1] ?? "").split(",")) open.push(before + part + after);
  }
  return done;
}
