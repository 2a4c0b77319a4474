import { annotated } from "../source/annotate.js";
import { namePointedAt } from "../source/pointed-at.js";
import { wordFor } from "./lock-word.js";
import { covers, keptSound, type Refactoring } from "./refactoring.js";

/** What most places do is written down at the declaration: from then on every other place breaks a promise. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at, knowledge) {
    const tree = program.bench.tree(at.file);
    if (!tree || !namePointedAt(tree, at)) return undefined;
    const note = knowledge.guards.find(({ site, sites }) => covers(site, at) || sites.some((each) => covers(each, at)));
    if (!note?.guard || note.places * 2 <= note.of) return undefined;
    const { object, site, guard, places, of } = note;
    const home = program.bench.tree(site.file);
    const word = wordFor(program, guard, site);
    if (word === undefined || !home || !annotated(home, site, "")) return undefined;
    const title = `Say that \`${guard.text}\` guards \`${object}\`, as at ${places} of ${of} places`;
    return keptSound(program, site.file, title, [(file) => annotated(file, site, `@guardedBy ${word}`)]);
  },
};
