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

/** A declaration with a name, which is what annotations are about. */
export type Annotated = ts.NamedDeclaration & { readonly name: ts.Identifier | ts.PrivateIdentifier };

const known = new WeakMap<ts.SourceFile, readonly Annotated[]>();

/**
 * A file's declarations that have an annotation, in their order. Cheap where there is none: the text is searched once,
 * and only where a tag stands somewhere are the declarations looked at.
 */
export function annotatedIn(tree: ts.SourceFile): readonly Annotated[] {
  let declarations = known.get(tree);
  if (declarations === undefined) {
    declarations = SPEAKS.test(tree.text) ? find(tree) : [];
    known.set(tree, declarations);
  }
  return declarations;
}

function find(tree: ts.SourceFile): readonly Annotated[] {
  const found: Annotated[] = [];
  const visit = (node: ts.Node): void => {
    if (isNamed(node) && annotationsOf(node).length > 0) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isNamed(node: ts.Node): node is Annotated {
  const { name } = node as ts.NamedDeclaration;
  // A parameter's comment is that of its function.
  return name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) && !isPlainParameter(node);
}

function isPlainParameter(node: ts.Node): boolean {
  return ts.isParameter(node) && !ts.isParameterPropertyDeclaration(node, node.parent);
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
