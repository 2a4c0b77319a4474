import type { Site } from "./site.js";
import { removalOf } from "./suppressions.js";
import { ts } from "./syntax.js";

/** The tags of JSDoc comments that say something about concurrency and that some part of the engine rests on. */
export const TAGS = ["guardedBy", "requires", "requiresShared", "benignRace", "threadSafe", "threadConfined"] as const;

export type AnnotationTag = (typeof TAGS)[number];

/** One tag of a declaration's comment: `@guardedBy this.#lock`. */
export interface Annotation {
  readonly tag: AnnotationTag;
  /** The first word behind the tag, quotes included; empty where there is none. */
  readonly word: string;
  /** All that its line says behind the tag. */
  readonly text: string;
  /** Where the word stands; where there is none, the tag. */
  readonly site: Site;
}

const SPEAKS = new RegExp(`@(?:${TAGS.join("|")})\\b`);

/** A declaration with a name, which is what annotations are about. */
export type Annotated = ts.NamedDeclaration & { readonly name: ts.Identifier | ts.PrivateIdentifier };

/** Whether some comment of a text may be an annotation. */
export function mayBeAnnotated(text: string): boolean {
  return SPEAKS.test(text);
}

const known = new WeakMap<ts.SourceFile, readonly Annotated[]>();

/**
 * A file's declarations that have an annotation, in their order. Cheap where there is none: the text is searched once,
 * and only where a tag stands somewhere are the declarations looked at.
 */
export function annotatedIn(tree: ts.SourceFile): readonly Annotated[] {
  let declarations = known.get(tree);
  if (declarations === undefined) {
    declarations = mayBeAnnotated(tree.text) ? find(tree) : [];
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
  for (const each of ts.getJSDocTags(declaration)) {
    const tag = TAGS.find((name) => name === each.tagName.text);
    if (tag === undefined) continue;
    const tree = declaration.getSourceFile();
    const { fileName: file } = tree;
    const behind = /^[^\r\n]*/.exec(tree.text.slice(each.tagName.end))?.[0].replace(/\s*\*+\/.*$/, "") ?? "";
    const [, space = "", word = ""] = /^([ \t]*)("[^"]*"|'[^']*'|[\w$#.]+(?:\(\))?)?/.exec(behind) ?? [];
    const at = each.tagName.pos - 1;
    const site =
      word === ""
        ? { file, start: at, end: each.tagName.end }
        : { file, start: each.tagName.end + space.length, end: each.tagName.end + space.length + word.length };
    found.push({ tag, word, text: behind.trim(), site });
  }
  return found;
}

/** The declaration whose comment is at an offset: what an annotation that is written there will be about. */
export function declarationCommentedAt(tree: ts.SourceFile, offset: number): ts.Declaration | undefined {
  const visit = (node: ts.Node): ts.Declaration | undefined => {
    if (node.pos > offset || node.end < offset) return undefined;
    const isHere = ts
      .getJSDocCommentsAndTags(node)
      .some((each) => ts.isJSDoc(each) && each.pos < offset && offset < each.end && each.parent === node);
    if (!isHere) return ts.forEachChild(node, visit);
    if (ts.isVariableStatement(node)) return node.declarationList.declarations[0];
    return (node as ts.NamedDeclaration).name ? (node as ts.NamedDeclaration) : undefined;
  };
  return visit(tree);
}

/** What has to go so that nothing of an annotation is left: its line, or the comment that says nothing else. */
export function annotationRemoval(tree: ts.SourceFile, { site }: Annotation): Site {
  const { text } = tree;
  const start = text.lastIndexOf("/**", site.start);
  const end = text.indexOf("*/", site.end) + 2;
  const lines = text.slice(start, end).split("\n");
  const said = lines.filter((line) => line.replace(/^[\s/*]*|[\s/*]*$/g, "") !== "");
  if (said.length <= 1) return removalOf(tree, { start, end });
  const from = text.lastIndexOf("\n", site.start) + 1;
  return { file: tree.fileName, start: from, end: text.indexOf("\n", site.end) + 1 };
}
