import type { Fix } from "../finding.js";
import { firstAccepted, type Way } from "../first-accepted.js";
import type { Knowledge } from "../knowledge/knowledge.js";
import type { Program } from "../program.js";
import type { Site } from "../source/site.js";

/** A change that nobody needs and somebody may want. */
export interface Refactoring {
  /** What editors sort it by. */
  readonly kind: "refactor.extract" | "refactor.rewrite";
  /**
   * What can be done at a place: where the cursor is, or what is selected. Editors ask at every move of the cursor, so that
   * it looks at syntax first. Whether it can be done for sure only the edits say.
   */
  offer(program: Program, at: Site, knowledge: Knowledge): Fix | undefined;
}

/** The first of several ways to phrase a change of one file after which the program has no defect that it had not before. */
export function keptSound(program: Program, file: string, title: string, ways: readonly Way[]): Fix {
  return firstAccepted(program, file, title, ways, (edits) => program.bench.keepsSound(edits));
}

export function covers({ file, start, end }: Site, at: Site): boolean {
  return file === at.file && start <= at.start && at.end <= end;
}
