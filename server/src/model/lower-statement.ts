import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { siteOf } from "./declarations.js";
import type { Exit } from "./events.js";
import type { Branches, GraphBuilder } from "./graph.js";
import { assignedNames } from "./variables.js";

/** What statements ask of the expressions in them: these append the events, statements only say where control goes. */
export interface Expressions {
  visit(node: ts.Expression): void;
  /** Both branches know what the condition says. */
  condition(node: ts.Expression): Branches;
  /** Lowers the initializer of a variable, if there is one, and gives it to the variable. */
  declare(declaration: ts.VariableDeclaration): void;
  /** The variables of a loop over a collection: others in every turn. */
  iterate(list: ts.VariableDeclarationList): void;
  /** The initializer of a `using` declaration; returns what gives the resource back. */
  visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): () => void;
  /** What a `return` hands out, as far as a caller may ask for it. */
  result(node: ts.Expression): Exit["gives"];
  /** Appends to the way into a clause of a `switch` what coming there says. */
  matched?(clause: ts.CaseOrDefaultClause): void;
}

/** Lowers statements: the control flow of a function, whatever its expressions are looked at for. */
export class StatementLowering {
  readonly #graph: GraphBuilder;
  readonly #expressions: Expressions;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, expressions: Expressions, file: ts.SourceFile) {
    this.#graph = graph;
    this.#expressions = expressions;
    this.#file = file;
  }

  /** What a block, a module or a function's body does. */
  body(node: ts.ConciseBody | ts.SourceFile, end: Site): void {
    if (ts.isBlock(node) || ts.isSourceFile(node)) this.#statements(node.statements);
    else this.#return(node, end);
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  #statements(statements: readonly ts.Statement[]): void {
    for (const [index, statement] of statements.entries()) {
      if (!this.#graph.reachable) {
        continue; // What follows a `return` never happens; nested functions are lowered on their own.
      }
      if (ts.isVariableStatement(statement) && isUsing(statement.declarationList)) {
        this.#using(statement.declarationList, () => this.#statements(statements.slice(index + 1)));
        return;
      }
      this.#statement(statement, undefined);
    }
  }

  /** `using guard = lock.hold(); rest`: released on every way out of the block, in reverse order. */
  #using(list: ts.VariableDeclarationList, rest: () => void): void {
    const enter = (index: number): void => {
      const declaration = list.declarations[index];
      if (!declaration) {
        rest();
        return;
      }
      if (!declaration.initializer) {
        enter(index + 1);
        return;
      }
      const release = this.#expressions.visitResource(declaration.initializer, declaration);
      this.#graph.protecting(() => enter(index + 1), release, this.#site(declaration));
    };
    enter(0);
  }

  #statement(node: ts.Statement, label: string | undefined): void {
    switch (node.kind) {
      case ts.SyntaxKind.Block:
        return this.#statements((node as ts.Block).statements);
      case ts.SyntaxKind.ExpressionStatement:
        return this.#expressions.visit((node as ts.ExpressionStatement).expression);
      case ts.SyntaxKind.VariableStatement:
        return this.#variables((node as ts.VariableStatement).declarationList);
      case ts.SyntaxKind.IfStatement:
        return this.#if(node as ts.IfStatement);
      case ts.SyntaxKind.WhileStatement:
        return this.#while(node as ts.WhileStatement, label);
      case ts.SyntaxKind.DoStatement:
        return this.#do(node as ts.DoStatement, label);
      case ts.SyntaxKind.ForStatement:
        return this.#for(node as ts.ForStatement, label);
      case ts.SyntaxKind.ForOfStatement:
      case ts.SyntaxKind.ForInStatement:
        return this.#forEach(node as ts.ForInOrOfStatement, label);
      case ts.SyntaxKind.SwitchStatement:
        return this.#switch(node as ts.SwitchStatement, label);
      case ts.SyntaxKind.TryStatement:
        return this.#try(node as ts.TryStatement);
      case ts.SyntaxKind.LabeledStatement:
        return this.#labelled(node as ts.LabeledStatement);
      case ts.SyntaxKind.ReturnStatement:
        return this.#return((node as ts.ReturnStatement).expression, this.#site(node));
      case ts.SyntaxKind.ThrowStatement:
        this.#expressions.visit((node as ts.ThrowStatement).expression);
        return this.#graph.raise(this.#site(node));
      case ts.SyntaxKind.BreakStatement:
        return this.#graph.jump("break", (node as ts.BreakStatement).label?.text);
      case ts.SyntaxKind.ContinueStatement:
        return this.#graph.jump("continue", (node as ts.ContinueStatement).label?.text);
      case ts.SyntaxKind.ExportAssignment:
        return this.#expressions.visit((node as unknown as ts.ExportAssignment).expression);
      default:
        // Declarations of functions, classes and types do nothing by themselves.
        return;
    }
  }

  #return(expression: ts.Expression | undefined, site: Site): void {
    if (expression) this.#expressions.visit(expression);
    if (!this.#graph.reachable) return;
    const gives = expression ? this.#expressions.result(expression) : false;
    if (typeof gives === "string") this.#graph.emit({ kind: "give", guard: gives, site }, false);
    this.#graph.leave(site, gives);
  }

  #variables(list: ts.VariableDeclarationList): void {
    for (const declaration of list.declarations) this.#expressions.declare(declaration);
  }

  #if(node: ts.IfStatement): void {
    const { yes, no } = this.#expressions.condition(node.expression);
    this.#graph.frontier = yes;
    if (this.#graph.reachable) this.#statement(node.thenStatement, undefined);
    const after = this.#graph.frontier;
    this.#graph.frontier = no;
    if (node.elseStatement && this.#graph.reachable) this.#statement(node.elseStatement, undefined);
    this.#graph.frontier = [...after, ...this.#graph.frontier];
  }

  #while(node: ts.WhileStatement, label: string | undefined): void {
    this.#graph.breakable("loop", label, (continues) => {
      const head = this.#graph.emit({ kind: "loop", idle: isIdle(node), site: this.#site(node) }, false);
      const { yes, no } = this.#expressions.condition(node.expression);
      this.#graph.frontier = yes;
      if (this.#graph.reachable) this.#statement(node.statement, undefined);
      continues();
      this.#graph.loopBack(head);
      this.#graph.frontier = no;
    });
  }

  #do(node: ts.DoStatement, label: string | undefined): void {
    this.#graph.breakable("loop", label, (continues) => {
      const head = this.#graph.emit({ kind: "loop", idle: isIdle(node), site: this.#site(node) }, false);
      this.#statement(node.statement, undefined);
      continues();
      const { yes, no } = this.#expressions.condition(node.expression);
      this.#graph.frontier = yes;
      this.#graph.loopBack(head);
      this.#graph.frontier = no;
    });
  }

  #for(node: ts.ForStatement, label: string | undefined): void {
    if (node.initializer) {
      if (ts.isVariableDeclarationList(node.initializer)) this.#variables(node.initializer);
      else this.#expressions.visit(node.initializer);
    }
    // A counting loop is taken to run at least once: `for (i…) threads[i].join()` would else join nothing on one path.
    const counts = node.initializer !== undefined && node.incrementor !== undefined;
    this.#graph.breakable("loop", label, (continues) => {
      const head = this.#graph.emit({ kind: "loop", idle: isIdle(node), site: this.#site(node) }, false);
      const test = (): { yes: readonly number[]; no: readonly number[] } =>
        node.condition ? this.#expressions.condition(node.condition) : { yes: this.#graph.frontier, no: [] };
      const before = counts ? undefined : test();
      if (before) this.#graph.frontier = before.yes;
      if (this.#graph.reachable) this.#statement(node.statement, undefined);
      continues();
      if (node.incrementor && this.#graph.reachable) this.#expressions.visit(node.incrementor);
      const { yes, no } = before ? { yes: this.#graph.frontier, no: before.no } : test();
      this.#graph.frontier = yes;
      this.#graph.loopBack(head);
      this.#graph.frontier = no;
    });
  }

  #forEach(node: ts.ForInOrOfStatement, label: string | undefined): void {
    this.#expressions.visit(node.expression);
    this.#graph.breakable("loop", label, (continues) => {
      const head = this.#graph.emit({ kind: "loop", idle: false, site: this.#site(node.expression) }, true);
      if (ts.isForOfStatement(node) && node.awaitModifier) {
        this.#graph.emit({ kind: "await", site: this.#site(node.expression) }, true);
      }
      const { initializer } = node;
      if (ts.isVariableDeclarationList(initializer)) this.#expressions.iterate(initializer);
      if (ts.isVariableDeclarationList(initializer) && isUsing(initializer)) {
        this.#using(initializer, () => this.#statement(node.statement, undefined));
      } else {
        this.#statement(node.statement, undefined);
      }
      continues();
      const after = this.#graph.frontier;
      this.#graph.loopBack(head);
      this.#graph.frontier = after;
    });
  }

  #switch(node: ts.SwitchStatement, label: string | undefined): void {
    this.#expressions.visit(node.expression);
    const entry = this.#graph.frontier;
    this.#graph.breakable("switch", label, () => {
      let tests = entry;
      this.#graph.frontier = [];
      let hasDefault = false;
      for (const clause of node.caseBlock.clauses) {
        const fallsThrough = this.#graph.frontier;
        this.#graph.frontier = tests;
        if (ts.isCaseClause(clause) && this.#graph.reachable) this.#expressions.visit(clause.expression);
        if (ts.isDefaultClause(clause)) hasDefault = true;
        tests = this.#graph.frontier;
        if (this.#graph.reachable) this.#expressions.matched?.(clause);
        this.#graph.frontier = [...this.#graph.frontier, ...fallsThrough];
        this.#statements(clause.statements);
      }
      if (!hasDefault) this.#graph.frontier = [...this.#graph.frontier, ...tests];
    });
  }

  #try(node: ts.TryStatement): void {
    const guarded = (): void => {
      const { catchClause } = node;
      if (!catchClause) return this.#statements(node.tryBlock.statements);
      this.#graph.catching(
        () => this.#statements(node.tryBlock.statements),
        () => this.#statements(catchClause.block.statements),
        this.#site(catchClause),
      );
    };
    const { finallyBlock } = node;
    if (!finallyBlock) return guarded();
    this.#graph.protecting(guarded, () => this.#statements(finallyBlock.statements), this.#site(finallyBlock));
  }

  #labelled(node: ts.LabeledStatement): void {
    const { statement } = node;
    if (ts.isIterationStatement(statement, false) || ts.isSwitchStatement(statement)) {
      return this.#statement(statement, node.label.text);
    }
    this.#graph.breakable("block", node.label.text, () => this.#statement(statement, undefined));
  }
}

/** `while (flags[0] === 0) {}`: neither the body nor the condition changes anything. */
function isIdle(node: ts.WhileStatement | ts.DoStatement | ts.ForStatement): boolean {
  const condition = ts.isForStatement(node) ? node.condition : node.expression;
  if (ts.isForStatement(node) && node.incrementor) return false;
  return isIdleStatement(node.statement) && !(condition && assignedNames(condition).size > 0);
}

function isIdleStatement(node: ts.Statement): boolean {
  if (ts.isBlock(node)) return node.statements.every(isIdleStatement);
  if (ts.isIfStatement(node)) return leavesLoop(node.thenStatement) && !node.elseStatement;
  return ts.isEmptyStatement(node) || ts.isContinueStatement(node);
}

function leavesLoop(node: ts.Statement): boolean {
  if (ts.isBlock(node)) return node.statements.length === 1 && leavesLoop(node.statements[0]!);
  return ts.isBreakStatement(node) || (ts.isReturnStatement(node) && !node.expression);
}

function isUsing(list: ts.VariableDeclarationList): boolean {
  // `using` and `await using` are told by two bits that `const` and `let` also use.
  const kind = list.flags & ts.NodeFlags.BlockScoped;
  return kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing;
}
