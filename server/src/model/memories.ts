import { ts } from "../source/syntax.js";
import { declarationId, type FunctionNode, isFunctionNode, siteOf } from "./declarations.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import { MemoryLowering } from "./lower-memory.js";
import { StatementLowering } from "./lower-statement.js";
import type { FileMemory, MemoryFunction } from "./memory-function.js";
import { StateNames } from "./state-names.js";

/** Emulators have memories with buffers too; a file without these words is about another kind. */
const IS_WASM = /\bWebAssembly\b|(?<!\bmodule)\.exports\b/;
const VIEWS = /memory\.buffer\b/i;
/** The old views of a shared memory stay what they are. */
const IS_SHARED = /\bshared\s*:\s*true\b/;

const found = new WeakMap<ts.SourceFile, FileMemory>();

/** What the functions of a file do with views of WebAssembly memories, by the text of the file alone. */
export function memoriesOf(file: ts.SourceFile | undefined): FileMemory {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const isAbout = VIEWS.test(file.text) && IS_WASM.test(file.text) && !IS_SHARED.test(file.text);
  const memory = isAbout ? lowerOrGiveUp(file) : [];
  found.set(file, memory);
  return memory;
}

function lowerOrGiveUp(file: ts.SourceFile): FileMemory {
  try {
    return lowerMemory(file);
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return [];
    throw error;
  }
}

function lowerMemory(file: ts.SourceFile): FileMemory {
  const functions: (FunctionNode | ts.SourceFile)[] = [file];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) functions.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const names = new StateNames();
  return functions.map((node) => lowerOne(node, names, file));
}

function lowerOne(node: FunctionNode | ts.SourceFile, names: StateNames, file: ts.SourceFile): MemoryFunction {
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  const body = ts.isSourceFile(node) ? node : node.body;
  if (body) new StatementLowering(graph, new MemoryLowering(graph, names, node), file).body(body, end);
  return {
    id: ts.isSourceFile(node) ? file.fileName : declarationId(node),
    isFirst: ts.isSourceFile(node) || ts.isConstructorDeclaration(node),
    nodes: graph.finish(end),
    site,
  };
}
