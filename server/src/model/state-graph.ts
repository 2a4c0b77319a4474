import { type FunctionNode, siteOf } from "./declarations.js";
import type { Node } from "./function-model.js";
import { GraphBuilder } from "./graph.js";
import { StateLowering } from "./lower-state.js";
import { StatementLowering } from "./lower-statement.js";
import type { StateNames } from "./state-names.js";

/** A function's control flow, with what it does with state that outlives the call. */
export function stateGraphOf(node: FunctionNode, names: StateNames): readonly Node[] {
  const file = node.getSourceFile();
  const graph = new GraphBuilder(siteOf(node, file));
  const expressions = new StateLowering(graph, names, node);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  expressions.parameters();
  if (node.body) new StatementLowering(graph, expressions, file).body(node.body, end);
  return graph.finish(end);
}
