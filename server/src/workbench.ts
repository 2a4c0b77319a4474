import type { Edit, Finding } from "./finding.js";
import type { AnnotationWords } from "./model/annotation-words.js";
import type { LockName } from "./model/lock-names.js";
import type { Path } from "./model/path.js";
import type { Site } from "./source/site.js";
import type { ts } from "./source/syntax.js";

/** What fixes need besides facts: the text, names for locks, and a judgement on the edited program. */
export interface Workbench {
  /** The files that are analysed. */
  readonly files: readonly string[];
  tree(file: string): ts.SourceFile | undefined;
  /** Whether the expression at `site` is of a type that can be awaited; asks the checker, so for what is suspicious only. */
  isPromise(site: Site): boolean;
  /** Whether the expression at `site` is of the type of an array; asks the checker as well. */
  isArray(site: Site): boolean;
  /** The type of the variable whose name is at `site`, as code would write it; asks the checker. */
  typeAt(site: Site): string | undefined;
  /** Where the variable or member is declared that `text` names at the beginning of `site`; asks the checker. */
  declaredAt(site: Site, text: string): Site | undefined;
  /** Where the program names what is declared under the name at `site`, that name included; asks the checker. */
  referencesTo(site: Site): readonly Site[];
  /** The method of the same library class that does the same by a promise, for a call at `site`; asks the checker. */
  asyncFormAt(site: Site): string | undefined;
  /** How the code at `site` can name the object behind `lock`. */
  lockName(lock: Path, site: Site): LockName | undefined;
  /** The locks that a file declares at its top. */
  locksOf(file: string): readonly { readonly name: string; readonly lock: Path }[];
  /** Whether code that nobody can see may have got hold of the object that the path begins with. */
  mayEscape(path: Path): boolean;
  /** The modules of the program that are evaluated before a module is. */
  modulesLoadedBy(file: string): readonly string[];
  /** What annotations name. */
  words(): AnnotationWords;
  /** Whether `using` is a keyword in this file: TypeScript, whatever its target. */
  allowsUsing(file: string): boolean;
  /** Whether the edited program type-checks as before, lacks the finding and has no new one. */
  accepts(edits: readonly Edit[], finding: Finding): boolean;
  /** Whether the edited program type-checks as before, and nothing is found at places where nothing was. */
  keepsSound(edits: readonly Edit[]): boolean;
}
