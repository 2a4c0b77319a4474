import { ts } from "../source/syntax.js";
import { declarationId, declaredName, type FunctionNode, isFunctionNode, siteOf } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import type { FileLives, LifeFunction } from "./life-function.js";
import { classKey, LifeNames, prototypeOf } from "./life-names.js";
import { LifeLowering } from "./lower-life.js";
import { StatementLowering } from "./lower-statement.js";
import { StateNames } from "./state-names.js";

/** What ends a resource, and what brings later code to run: a file without both has no life cycles to follow. */
const ENDS = /\.(close|terminate|kill|destroy|end|disconnect)\s*\(/;
const LATER =
  /\bawait\b|\.then\s*\(|\.(on|once|addListener|addEventListener)\s*\(|\.on[a-z]+\s*=|\bset(Timeout|Interval)\b/;

const found = new WeakMap<ts.SourceFile, FileLives>();

/**
 * The functions of a file, for what they do with the objects that their own object owns. The text of the file alone
 * says so, whence the answer lasts as long as the text.
 */
export function livesOf(file: ts.SourceFile | undefined): FileLives {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const lives = ENDS.test(file.text) && LATER.test(file.text) ? lowerOrGiveUp(file) : [];
  found.set(file, lives);
  return lives;
}

function lowerOrGiveUp(file: ts.SourceFile): FileLives {
  try {
    return lowerLives(file);
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return [];
    throw error;
  }
}

function lowerLives(file: ts.SourceFile): FileLives {
  const functions: FunctionNode[] = [];
  const classes: ts.ClassLikeDeclaration[] = [];
  const constructors = new Set<string>();
  for (const node of nodesIn(file).outerFirst) {
    if (isFunctionNode(node)) {
      functions.push(node);
      const home = prototypeOf(node)?.home;
      if (home !== undefined) constructors.add(home);
    }
    if (ts.isClassLike(node)) classes.push(node);
  }
  const names = new LifeNames(new StateNames(), constructors);
  return [
    ...classes.map((node) => lowerFields(node, names)),
    ...functions
      .filter((node) => names.seenHomeOf(node) !== undefined)
      .map((node) => lowerLife(node, names, constructors)),
  ];
}

/** What the fields of a class have from the start, as a function that runs before its constructor does. */
function lowerFields(node: ts.ClassLikeDeclaration, names: LifeNames): LifeFunction {
  const file = node.getSourceFile();
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const lowering = new LifeLowering(graph, names, file);
  for (const member of node.members) if (ts.isPropertyDeclaration(member)) lowering.field(member);
  return {
    id: `${declarationId(node)}/fields`,
    name: "fields",
    home: classKey(node),
    isMethod: false,
    isConstructor: true,
    parameters: [],
    mentions: new Set(),
    nodes: graph.finish(site),
    site,
  };
}

function lowerLife(node: FunctionNode, names: LifeNames, constructors: ReadonlySet<string>): LifeFunction {
  const file = node.getSourceFile();
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  if (node.body) new StatementLowering(graph, new LifeLowering(graph, names, file), file).body(node.body, end);
  const name = prototypeOf(node)?.method ?? declaredName(node) ?? "function";
  return {
    id: declarationId(node),
    name,
    home: names.seenHomeOf(node),
    isMethod: isMethod(node),
    isConstructor: ts.isConstructorDeclaration(node) || (ts.isFunctionDeclaration(node) && constructors.has(name)),
    parameters: node.parameters.flatMap(({ name }) => namesUnder(name)),
    mentions: new Set(node.body ? namesUnder(node.body) : []),
    nodes: graph.finish(end),
    site,
  };
}

function isMethod(node: FunctionNode): boolean {
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return ts.isClassLike(node.parent);
  return ts.isPropertyDeclaration(node.parent) || prototypeOf(node) !== undefined;
}

function namesUnder(root: ts.Node): readonly string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names;
}
