import { annotatedIn, annotationsOf, declarationCommentedAt } from "../source/annotations.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Guards } from "./guards.js";

/** The name of a lock in an annotation. */
export interface LockMention {
  /** The last part of the word: `#lock` of `this.#lock`. */
  readonly site: Site;
  /** The name in the declaration of the lock that it means. */
  readonly declared: Site;
}

/** What annotations name, for editors: the engine itself asks `Guards` only for what the program uses. */
export class AnnotationWords {
  readonly #guards: Guards;
  readonly #tree: (file: string) => ts.SourceFile | undefined;
  readonly #files: readonly string[];

  constructor(guards: Guards, files: readonly string[], tree: (file: string) => ts.SourceFile | undefined) {
    this.#guards = guards;
    this.#files = files;
    this.#tree = tree;
  }

  /** The locks that an annotation in the comment at an offset could name. */
  locksFor(file: string, offset: number): readonly string[] {
    const tree = this.#tree(file);
    const declaration = tree && declarationCommentedAt(tree, offset);
    return declaration ? this.#guards.inScope(declaration) : [];
  }

  /** The lock that an annotation names at an offset. */
  at(file: string, offset: number): LockMention | undefined {
    return this.#mentionsIn(file).find(({ site }) => site.start <= offset && offset <= site.end);
  }

  /** Where annotations name the lock that is declared under a name. */
  of({ file, start }: Site): readonly LockMention[] {
    return this.#files
      .flatMap((each) => this.#mentionsIn(each))
      .filter(({ declared }) => declared.file === file && declared.start === start);
  }

  #mentionsIn(file: string): readonly LockMention[] {
    const tree = this.#tree(file);
    return (tree ? annotatedIn(tree) : []).flatMap((declaration) =>
      annotationsOf(declaration).flatMap((annotation) => {
        const meaning = annotation.word === "" ? undefined : this.#guards.meaningOf(annotation, declaration);
        const found = meaning && "declaration" in meaning ? meaning.declaration : undefined;
        const name = found && ts.getNameOfDeclaration(found);
        const home = found?.getSourceFile();
        if (!name || !home || home.isDeclarationFile) return [];
        const word = annotation.word.replace(/\.getLock\(\)$/, "");
        const end = annotation.site.start + word.length;
        const start = annotation.site.start + word.lastIndexOf(".") + 1;
        const declared = { file: home.fileName, start: name.getStart(home), end: name.end };
        return [{ site: { file, start, end }, declared }];
      }),
    );
  }
}
