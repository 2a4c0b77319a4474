import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf } from "./declarations.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import { ResourceLowering } from "./lower-resource.js";
import { StatementLowering } from "./lower-statement.js";
import { ProgramStarts } from "./program-starts.js";
import type { ResourceFunction } from "./resource-function.js";
import { ResourceNames } from "./resource-names.js";
import { ResourceVariables } from "./resource-variables.js";
import { StateNames } from "./state-names.js";

/** A function with more is generated: what it does with each of them would take longer to tell than anybody waits. */
const MOST = 200;

const found = new WeakMap<ts.SourceFile, readonly ResourceFunction[]>();

/**
 * The functions of a file that make threads, pools, workers or processes and keep them in variables of their own. The
 * text of the file alone says so, whence the answer lasts as long as the text.
 */
export function resourcesOf(file: ts.SourceFile | undefined): readonly ResourceFunction[] {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const functions = ResourceNames.mayMake(file.text) ? lowerOrGiveUp(file) : [];
  found.set(file, functions);
  return functions;
}

function lowerOrGiveUp(file: ts.SourceFile): readonly ResourceFunction[] {
  try {
    return lowerResources(file);
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return [];
    throw error;
  }
}

function lowerResources(file: ts.SourceFile): readonly ResourceFunction[] {
  const names = new StateNames();
  const makers = new ResourceNames(file, names);
  const starts = new ProgramStarts(file, names);
  const lowered: ResourceFunction[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isSourceFile(node)) {
      const variables = new ResourceVariables(node, names, makers);
      const count = variables.all.length;
      if (count > 0 && count <= MOST) lowered.push(lowerOne(node, variables, starts.has(node)));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lowered;
}

function lowerOne(node: FunctionNode | ts.SourceFile, variables: ResourceVariables, entry: boolean): ResourceFunction {
  const file = node.getSourceFile();
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  const body = ts.isSourceFile(node) ? node : node.body;
  const expressions = new ResourceLowering(graph, variables, file);
  if (body) new StatementLowering(graph, expressions, file).body(body, end);
  return {
    name: ts.isSourceFile(node) ? "module" : (declaredName(node) ?? "function"),
    isEntry: entry,
    resources: variables.all.map(({ resource }) => resource),
    nodes: graph.finish(end),
    site,
  };
}
