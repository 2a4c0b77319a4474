import { extractedSection, isSectionAt } from "../source/extracted-section.js";
import { callPointedAt } from "../source/pointed-at.js";
import { keptSound, type Refactoring } from "./refactoring.js";

/** A critical section becomes a function of its own, which takes the lock and gives it back. */
export const refactoring: Refactoring = {
  kind: "refactor.extract",
  offer(program, at, knowledge) {
    const { bench } = program;
    const tree = bench.tree(at.file);
    const place = tree && callPointedAt(tree, at);
    if (!place || !tree) return undefined;
    const section = knowledge
      .sectionsIn(at.file)
      .find(({ taken }) => taken.start === place.start && taken.end <= place.end);
    if (!section || !isSectionAt(tree, place, section.ends)) return undefined;
    const typeAt = (each: { start: number; end: number }): string | undefined =>
      bench.typeAt({ file: at.file, start: each.start, end: each.end });
    return keptSound(program, at.file, `Extract the section under \`${section.text}\` as a function`, [
      (file) => extractedSection(file, place, section.ends, section.text, typeAt),
    ]);
  },
};
