/** A place in the source: `file` is absolute with `/`, `start` and `end` are UTF-16 offsets, end exclusive. */
export interface Site {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** A position as the language server protocol counts: both 0-based, characters in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** Sorts by file, then start, then end. */
export function compareSites(a: Site, b: Site): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.start - b.start || a.end - b.end;
}

/** A text that is equal exactly for equal sites. */
export function siteKey(site: Site): string {
  return `${site.file}:${site.start}:${site.end}`;
}
