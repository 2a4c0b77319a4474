import type { Site } from "./site.js";
import { ts } from "./syntax.js";

/** The tags of JSDoc comments that say something about concurrency and that some part of the engine rests on. */
const TAGS = ["guardedBy", "requires", "requiresShared"] as const;

export type AnnotationTag = (typeof TAGS)[number];

/** One tag of a declaration's comment: `@guardedBy this.#lock`. */
export interface Annotation {
  readonly tag: AnnotationTag;
  /** The first word behind the tag, quotes included; empty where there is none. */
  readonly word: string;
  /** Where the word stands; where there is none, the tag. */
  readonly site: Site;
}

const SPEAKS = new RegExp(`@(?:${TAGS.join("|")})\\b`);

const known = new WeakMap<ts.SourceFile, ReadonlySet<string>>();
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The names of a file's declarations that have an annotation. Cheap where there is none: the text is searched once, and
 * only where a tag stands somewhere are the declarations looked at.
 */
export function annotatedNames(tree: ts.SourceFile): ReadonlySet<string> {
  let names = known.get(tree);
  if (names === undefined) {
    names = SPEAKS.test(tree.text) ? find(tree) : NOTHING;
    known.set(tree, names);
  }
  return names;
}

function find(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name } = node as ts.NamedDeclaration;
    if (name && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) && annotationsOf(node).length > 0) {
      names.add(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

/** The annotations of a declaration, in their order. A function that a variable or a field holds has those of its holder. */
export function annotationsOf(declaration: ts.Node): readonly Annotation[] {
  const found: Annotation[] = [];
  for (const { tagName } of ts.getJSDocTags(declaration)) {
    const tag = TAGS.find((each) => each === tagName.text);
    if (tag === undefined) continue;
    const tree = declaration.getSourceFile();
    const [, space = "", word = ""] =
      /^([ \t]*)("[^"\n]*"|'[^'\n]*'|[\w$#.]+(?:\(\))?)?/.exec(tree.text.slice(tagName.end)) ?? [];
    const start = word === "" ? tagName.pos - 1 : tagName.end + space.length;
    const end = word === "" ? tagName.end : start + word.length;
    found.push({ tag, word, site: { file: tree.fileName, start, end } });
  }
  return found;
}
