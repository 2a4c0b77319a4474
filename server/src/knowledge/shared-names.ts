import { compareSites, type Site, siteKey } from "../source/site.js";
import type { GuardNote } from "./guard-notes.js";

/** A place at which something that several threads use is named. */
export interface SharedName {
  readonly site: Site;
  readonly isProperty: boolean;
  readonly isDeclaration: boolean;
  /** Whether a lock is held at all of its places that matter. */
  readonly isGuarded: boolean;
}

/** The last name in an expression: of `this.#count` that is `#count`. */
const lastName = /#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

const partOfName = /[\p{ID_Continue}$\u200c\u200d]/u;

/** Where in a text an expression stands that is no part of a longer name; undefined: nowhere. */
function wordIn(text: string, expression: string): number | undefined {
  for (let at = text.indexOf(expression); at >= 0; at = text.indexOf(expression, at + 1)) {
    const [before, after] = [text[at - 1] ?? "", text[at + expression.length] ?? ""];
    if (!partOfName.test(before) && before !== "." && before !== "#" && !partOfName.test(after)) return at;
  }
  return undefined;
}

/** The names of shared state in a file of this text, in the order of the source. */
export function sharedNames(notes: readonly GuardNote[], file: string, text: string): readonly SharedName[] {
  const names = new Map<string, SharedName>();
  for (const { object, site, lock, places, of, sites } of notes) {
    const [name] = lastName.exec(object) ?? [];
    if (name === undefined) continue;
    const kind = { isProperty: object.length > name.length, isGuarded: lock !== undefined && places === of };
    const add = (end: number, isDeclaration: boolean): void => {
      const at = { file, start: end - name.length, end };
      names.set(siteKey(at), { site: at, isDeclaration, ...kind });
    };
    for (const use of sites) {
      if (use.file !== file) continue;
      // What is called otherwise here, such as through a parameter, is no name of it.
      const start = wordIn(text.slice(use.start, use.end), object);
      if (start !== undefined) add(use.start + start + object.length, false);
    }
    if (site.file === file && text.slice(site.start, site.end) === name) add(site.end, true);
  }
  return [...names.values()].sort((a, b) => compareSites(a.site, b.site));
}
