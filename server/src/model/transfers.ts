import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, siteOf } from "./declarations.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import { Holders } from "./holders.js";
import { StatementLowering } from "./lower-statement.js";
import { TransferLowering } from "./lower-transfer.js";
import { mayTransfer, sendOf } from "./sends.js";
import { StateNames } from "./state-names.js";
import type { FileTransfers, TransferFunction } from "./transfer-function.js";

const found = new WeakMap<ts.SourceFile, FileTransfers>();

/** What the functions of a file do with what they hand over to other threads, by the text of the file alone. */
export function transfersOf(file: ts.SourceFile | undefined): FileTransfers {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const transfers = mayTransfer(file) ? lowerOrGiveUp(file) : [];
  found.set(file, transfers);
  return transfers;
}

function lowerOrGiveUp(file: ts.SourceFile): FileTransfers {
  try {
    const names = new StateNames();
    return [...handingOver(file, names)].map((node) => lowerOne(node, names, file));
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return [];
    throw error;
  }
}

/** The functions in which something is handed over, also by a function that only that one calls. */
function handingOver(file: ts.SourceFile, names: StateNames): ReadonlySet<FunctionNode | ts.SourceFile> {
  const functions = new Set<FunctionNode | ts.SourceFile>();
  const visit = (node: ts.Node): void => {
    if ((sendOf(node, names)?.list.length ?? 0) > 0) {
      const home = enclosingFunction(node);
      functions.add(home);
      if (!ts.isSourceFile(home) && ts.isNewExpression(home.parent)) functions.add(enclosingFunction(home));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return functions;
}

function lowerOne(node: FunctionNode | ts.SourceFile, names: StateNames, file: ts.SourceFile): TransferFunction {
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  const body = ts.isSourceFile(node) ? node : node.body;
  const holders = new Holders(names, node);
  if (body) new StatementLowering(graph, new TransferLowering(graph, names, holders, node), file).body(body, end);
  return { nodes: graph.finish(end), open: holders.open, site };
}
