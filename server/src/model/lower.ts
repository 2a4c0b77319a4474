import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declarationId, declaredName, type FunctionNode, isFunctionNode, siteOf } from "./declarations.js";
import type { FunctionModel } from "./function-model.js";
import { FunctionScope } from "./function-scope.js";
import { GraphBuilder } from "./graph.js";
import { ExpressionLowering } from "./lower-expression.js";
import { GuardedLowering } from "./lower-guarded.js";
import { StatementLowering } from "./lower-statement.js";
import { parameterRoot } from "./paths.js";
import type { FileContext, Vocabulary } from "./vocabulary.js";

/** Lowers a function, or a module's top level, to its control-flow graph of events. */
function lowerFunction(node: FunctionNode | ts.SourceFile, context: FileContext): FunctionModel {
  return new FunctionLowering(node, context).lower();
}

class FunctionLowering {
  readonly #node: FunctionNode | ts.SourceFile;
  readonly #graph: GraphBuilder;
  readonly #guarded: GuardedLowering;
  readonly #expressions: ExpressionLowering;
  readonly #statements: StatementLowering;
  readonly #scope: FunctionScope;
  readonly #file: ts.SourceFile;

  constructor(node: FunctionNode | ts.SourceFile, context: FileContext) {
    this.#node = node;
    this.#file = node.getSourceFile();
    this.#graph = new GraphBuilder(siteOf(node, this.#file));
    this.#scope = new FunctionScope(this.#graph, context, node);
    this.#guarded = new GuardedLowering(this.#scope);
    this.#expressions = new ExpressionLowering(this.#scope, this.#guarded);
    this.#statements = new StatementLowering(this.#graph, this.#expressions, this.#file);
  }

  lower(): FunctionModel {
    const node = this.#node;
    if (ts.isSourceFile(node)) this.#guarded.faults(node);
    else this.#guarded.entry(node);
    if (ts.isConstructorDeclaration(node)) this.#storedArguments(node);
    if (!ts.isSourceFile(node) && node.body && ts.isBlock(node.body)) this.#parameterDefaults(node);
    const body = ts.isSourceFile(node) ? node : node.body;
    if (body) this.#statements.body(body, this.#endSite());
    const id = ts.isSourceFile(node) ? `${node.fileName}#` : declarationId(node);
    return {
      id,
      name: ts.isSourceFile(node) ? "module" : (declaredName(node) ?? "function"),
      site: siteOf(node, this.#file),
      parameters: ts.isSourceFile(node) ? [] : node.parameters.map((_, index) => parameterRoot(node, index)),
      isAsync: !ts.isSourceFile(node) && isAsyncFunction(node),
      nodes: this.#graph.finish(this.#endSite()),
      aliases: this.#scope.aliases,
      captures: this.#scope.captures,
      owned: [...this.#scope.owned],
      entry: ts.isSourceFile(node) ? "module" : undefined,
    };
  }

  /** What the caller gave is what the fields hold. */
  #storedArguments(node: ts.ConstructorDeclaration): void {
    const symbol = node.parent.name && this.#scope.context.symbols.symbolAt(node.parent.name);
    for (const [field, index] of this.#scope.context.paths.storedArguments(symbol)) {
      this.#scope.aliases.set(`this.${field}`, { root: parameterRoot(node, index), steps: [], text: field });
    }
  }

  #endSite(): Site {
    const { end } = this.#node;
    return { file: this.#file.fileName, start: Math.max(end - 1, 0), end };
  }

  #parameterDefaults(node: FunctionNode): void {
    for (const parameter of node.parameters) if (parameter.initializer) this.#expressions.visit(parameter.initializer);
  }
}

function isAsyncFunction(node: FunctionNode): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Async) !== 0;
}

/** Lowers every function of a file, the module's top level first. */
export function lowerFile(file: ts.SourceFile, vocabulary: Vocabulary): readonly FunctionModel[] {
  const context: FileContext = { ...vocabulary, mains: new Set() };
  const models = [lowerFunction(file, context)];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) models.push(lowerFunction(node, context));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return models.map((model) => (context.mains.has(model.id) ? { ...model, entry: "main" } : model));
}
