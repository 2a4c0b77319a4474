import { mayBeAnnotated } from "../source/annotations.js";
import type { Outside } from "../source/edited-program.js";
import { ts } from "../source/syntax.js";
import { augmentationOf } from "./augmentations.js";
import { type FunctionNode, isFunctionNode } from "./declarations.js";
import { actsLate } from "./outrun.js";
import { assignedNames, isAssignment } from "./variables.js";

/** One statement at the top of a file, or of an augmentation in it, as other files see it. */
export interface Piece {
  /**
   * Its text with what is written before it, without plain comments and the bodies that cannot show through. A body shows where
   * its type is inferred from it, where it is a single `return` that the path analysis follows, and by the variables around it
   * and the objects in fields that it replaces, which are not always the same then; and by whether it changes something
   * after a wait.
   */
  readonly text: string;
  /** The end of the file, where comments declare types and the piece is what is written behind all statements. */
  readonly statement: ts.Statement | ts.Token<ts.SyntaxKind.EndOfFileToken>;
  /** The augmentation, or module that is declared by its name, that the statement stands in. */
  readonly within?: ts.ModuleDeclaration;
  /** Whether that is a statement whose own statements are pieces of their own. */
  readonly isAround?: boolean;
}

/** Whether other files see the same of two trees of a file. */
export function isSameOutside(before: ts.SourceFile, after: ts.SourceFile): boolean {
  const [one, other] = [piecesOf(before), piecesOf(after)];
  return one.length === other.length && one.every(({ text }, index) => text === other[index]!.text);
}

/** Whether the body of a function is nothing that others see. */
function isBodyHidden(node: ts.Node, parent: ts.Node): node is FunctionNode & { readonly body: ts.Block } {
  return isFunctionNode(node) && node.body !== undefined && ts.isBlock(node.body) && isHidden(node, parent);
}

export const outside: Outside = { isSame: isSameOutside, isBodyHidden };

const known = new WeakMap<ts.SourceFile, readonly Piece[]>();

/** What other files can see of a file, statement by statement. */
export function piecesOf(tree: ts.SourceFile): readonly Piece[] {
  let pieces = known.get(tree);
  if (pieces === undefined) {
    pieces = isJavaScript(tree) ? wholePieces(tree) : outlined(tree);
    known.set(tree, pieces);
  }
  return pieces;
}

function outlined(tree: ts.SourceFile): readonly Piece[] {
  try {
    return new Outline(tree).pieces;
  } catch (error) {
    // Code can nest deeper than a walk can follow.
    if (error instanceof RangeError) return wholePieces(tree);
    throw error;
  }
}

/** What is written in JavaScript may show anywhere, and of what nests too deeply nobody knows. */
function wholePieces(tree: ts.SourceFile): readonly Piece[] {
  return [...tree.statements, tree.endOfFileToken].map((statement) => ({
    text: tree.text.slice(statement.pos, statement.end),
    statement,
  }));
}

/** Comments that say something about what follows: annotations, types, references to other files. */
const TELLING = /@|\/\/\//;
const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//g;

/** The text of a file as others see it, put together on one walk. */
class Outline {
  readonly pieces: readonly Piece[];
  readonly #tree: ts.SourceFile;
  readonly #variables: ReadonlySet<string>;
  readonly #scanner: ts.Scanner;
  /** How many functions and blocks are around what is visited: a body in them may assign to variables of theirs. */
  #depth = 0;
  #parts: string[] = [];
  /** Up to where the file's text is in the parts, or was left out. */
  #at = 0;

  constructor(tree: ts.SourceFile) {
    this.#tree = tree;
    this.#variables = moduleVariables(tree);
    this.#scanner = ts.createScanner(ts.ScriptTarget.Latest, true, tree.languageVariant, tree.text);
    this.pieces = tree.statements.flatMap((statement) => this.#piecesOf(statement, tree));
  }

  /** Of an augmentation, what is around its statements, and these. */
  #piecesOf(statement: ts.Statement, parent: ts.Node): readonly Piece[] {
    const { declaration, statements } = augmentationOf(statement) ?? {};
    if (!declaration?.body || !statements?.length) {
      this.#visit(statement, parent);
      return [{ text: this.#upTo(statement.end), statement }];
    }
    this.#leaveOutComments(statement.pos, statement.getStart(this.#tree));
    const begin = this.#upTo(statements[0]!.pos);
    const inside = statements.flatMap((each) => this.#piecesOf(each, declaration.body!));
    // Where it ends shows by how many there are in it.
    const text = `${begin}${inside.length}${this.#upTo(statement.end)}`;
    const around = { text, statement, isAround: true };
    return [around, ...inside.map((piece) => ({ within: declaration, ...piece }))];
  }

  /** All parts since the last time. */
  #upTo(end: number): string {
    this.#leaveOut(Math.max(end, this.#at), Math.max(end, this.#at));
    const text = this.#parts.join("");
    this.#parts = [];
    return text;
  }

  /** @param parent of a tree that is not bound, the nodes do not tell */
  #visit(node: ts.Node, parent: ts.Node): void {
    this.#leaveOutComments(node.pos, node.getStart(this.#tree));
    if (isBodyHidden(node, parent)) {
      const assigned = this.#depth > 0 ? [...assignedNames(node.body)].sort() : reassigned(node.body, this.#variables);
      const shown = [...assigned, ...replacedFields(node.body, parent)];
      if (isAsync(node) && actsLate(node)) shown.push("acts late");
      this.#leaveOut(node.body.pos, node.body.end, "{", shown.join(" "), "}");
    } else {
      const isAround = isFunctionNode(node) || ts.isBlock(node);
      if (isAround) this.#depth++;
      ts.forEachChild(node, (child) => this.#visit(child, node));
      if (isAround) this.#depth--;
    }
    // Between tags text is no comment, whatever it looks like.
    if (this.#tree.languageVariant === ts.LanguageVariant.Standard) {
      this.#scanner.resetTokenState(node.end);
      this.#scanner.scan();
      this.#leaveOutComments(node.end, this.#scanner.getTokenStart());
    }
  }

  /** Of declarations all is said by themselves, and comments are for who reads them; annotations hold there as well. */
  #tells(comment: string): boolean {
    return this.#tree.isDeclarationFile ? comment.includes("///") || mayBeAnnotated(comment) : TELLING.test(comment);
  }

  /** Leaves out what stands between two tokens, but comments that tell something, and that a new line begins: that can end a statement. */
  #leaveOutComments(from: number, to: number): void {
    if (from < this.#at || to <= from) return;
    const between = this.#tree.text.slice(from, to);
    const telling = this.#tells(between) ? (between.match(COMMENT) ?? []).filter((each) => this.#tells(each)) : [];
    this.#leaveOut(from, to, ...telling, between.includes("\n") ? "\n" : " ");
  }

  #leaveOut(from: number, to: number, ...instead: readonly string[]): void {
    this.#parts.push(this.#tree.text.slice(this.#at, from), ...instead);
    this.#at = to;
  }
}

/** The names of a module, and of the namespaces in it, that may be assigned to. */
function moduleVariables(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const each of name.elements) if (ts.isBindingElement(each)) add(each.name);
  };
  const visit = (statements: readonly ts.Statement[]): void => {
    for (const statement of statements) {
      let at: ts.Node | undefined = statement;
      while (at && ts.isModuleDeclaration(at)) at = at.body;
      if (at && ts.isModuleBlock(at)) visit(at.statements);
      if (!ts.isVariableStatement(statement) || statement.declarationList.flags & ts.NodeFlags.Const) continue;
      for (const { name } of statement.declarationList.declarations) add(name);
    }
  };
  visit(tree.statements);
  return names;
}

/** The fields that hold an object when a method's body gives them another one. */
function replacedFields(body: ts.Node, parent: ts.Node): readonly string[] {
  const fields = new Set<string>();
  for (const member of ts.isClassLike(parent) ? parent.members : []) {
    if (!ts.isPropertyDeclaration(member) || !(ts.isIdentifier(member.name) || ts.isPrivateIdentifier(member.name)))
      continue;
    const mayHold = member.initializer ? ts.isNewExpression(member.initializer) : member.type !== undefined;
    if (mayHold) fields.add(member.name.text);
  }
  const replaced = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node) && ts.isPropertyAccessExpression(node.left)) {
      const { expression, name } = node.left;
      if (expression.kind === ts.SyntaxKind.ThisKeyword && fields.has(name.text)) replaced.add(`this.${name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  if (fields.size > 0) visit(body);
  return [...replaced].sort();
}

function reassigned(body: ts.Node, variables: ReadonlySet<string>): string[] {
  if (variables.size === 0) return [];
  return [...assignedNames(body)].filter((name) => variables.has(name)).sort();
}

function isAsync(node: ts.FunctionLikeDeclaration): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Async) !== 0;
}

function isJavaScript(tree: ts.SourceFile): boolean {
  return /\.[cm]?jsx?$/.test(tree.fileName);
}

function isHidden(node: ts.FunctionLikeDeclaration, parent: ts.Node): boolean {
  const { body } = node;
  if (!body || !ts.isBlock(body) || ts.isConstructorDeclaration(node)) return false;
  if (body.statements.length === 1 && ts.isReturnStatement(body.statements[0]!)) return false;
  if (node.type) return true;
  // Of these it shows also whether they ever end: their type is `never` otherwise.
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isObjectLiteralExpression(parent)) return false;
  return !givesSomething(body);
}

function givesSomething(body: ts.Node): boolean {
  let gives = false;
  const visit = (node: ts.Node): void => {
    if (gives || isFunctionNode(node)) return;
    if ((ts.isReturnStatement(node) && node.expression) || ts.isYieldExpression(node)) gives = true;
    else ts.forEachChild(node, visit);
  };
  visit(body);
  return gives;
}
