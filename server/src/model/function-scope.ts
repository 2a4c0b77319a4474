import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Effect, Operand } from "./catalogue/index.js";
import type { CellReference } from "./cells.js";
import { type FunctionNode, siteOf, unwrap } from "./declarations.js";
import type { Access } from "./events.js";
import type { Capture } from "./function-model.js";
import type { GraphBuilder } from "./graph.js";
import { isFamily, type Path } from "./path.js";
import type { Invocation } from "./spawns.js";
import type { FileContext } from "./vocabulary.js";

/** The function that is being lowered: where its events go, and what its code means. */
export class FunctionScope {
  readonly graph: GraphBuilder;
  readonly context: FileContext;
  readonly owner: FunctionNode | ts.SourceFile;
  readonly aliases = new Map<string, Path>();
  readonly captures: Capture[] = [];
  readonly owned = new Set<string>();
  /** The names of variables that keep what a call returned. */
  readonly keptResults = new Set<string>();
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, context: FileContext, owner: FunctionNode | ts.SourceFile) {
    this.graph = graph;
    this.context = context;
    this.owner = owner;
    this.#file = owner.getSourceFile();
  }

  site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  pathOf(node: ts.Expression | undefined): Path | undefined {
    return node && this.context.paths.pathOf(node);
  }

  /** What the catalogue says that a call or `new` does. */
  effectOf(node: Invocation): Effect | undefined {
    const { symbols } = this.context;
    const named = unwrap(node.expression);
    if (!ts.isNewExpression(node)) return symbols.effectAt(named);
    const known = symbols.classOf(symbols.symbolAt(named));
    return known && symbols.constructorEffect(known.key);
  }

  /** The lock an operand names; a guard variable stands for the lock it guards. */
  lockOf(operand: Operand, node: Invocation): Path | undefined {
    return this.lockAt(this.context.handover.operand(operand, node));
  }

  /** The lock that an expression names. */
  lockAt(node: ts.Expression | undefined): Path | undefined {
    const path = this.pathOf(node);
    return path && !isFamily(path) ? path : undefined;
  }

  access(reference: CellReference, what: Pick<Access, "access" | "atomic" | "inSteps">, node: ts.Node): void {
    this.graph.emit({ kind: "access", ...reference, ...what, site: this.site(node) }, false);
  }
}

/** Whether a promise is awaited on the spot, or handed to the caller who may. */
export function isAwaited(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  return (
    ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === at)
  );
}

/** What stands behind parentheses and `await`. */
export function awaited(node: ts.Expression): ts.Expression {
  const at = unwrap(node);
  return ts.isAwaitExpression(at) ? awaited(at.expression) : at;
}
