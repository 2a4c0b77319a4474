import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import { StateNames } from "./state-names.js";

/** A loop that does nothing but look again and again whether something is so that can be waited for. */
export interface BusyWait {
  /** What the loop asks, as written. */
  readonly asked: string;
  /** What waits for the same, as written behind the object: `wait()`. */
  readonly instead: { readonly stops: string; readonly suspends: string };
  /** The object that is asked, as written. */
  readonly object: string;
  /** Whether what sleeps in between stops the thread; undefined where nothing sleeps. */
  readonly sleeps: "stops" | "suspends" | undefined;
  /** The loop. */
  readonly site: Site;
  /** Where it sleeps, or what it asks. */
  readonly pause: Site;
}

/** Of Heddle's objects, the question that can be asked, the answer that ends the loop, and what waits for it. */
const QUESTIONS: Readonly<Record<string, { method: string; until: boolean; stops: string; suspends: string }>> = {
  Event: { method: "isSet", until: true, stops: "wait()", suspends: "waitAsync()" },
  Thread: { method: "isAlive", until: false, stops: "join()", suspends: "joinAsync()" },
  Timer: { method: "isAlive", until: false, stops: "join()", suspends: "joinAsync()" },
};

const found = new WeakMap<ts.SourceFile, readonly BusyWait[]>();

/** The busy waits of a file. The text of the file alone says so, whence the answer lasts as long as the text. */
export function busyWaitsOf(file: ts.SourceFile | undefined): readonly BusyWait[] {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const mayWait = /["']heddle["']/.test(file.text) && /\bwhile\b|\bfor\s*\(\s*;/.test(file.text);
  const waits = mayWait ? busyWaitsIn(file) : [];
  found.set(file, waits);
  return waits;
}

function busyWaitsIn(file: ts.SourceFile): readonly BusyWait[] {
  const names = new Names(file);
  const waits: BusyWait[] = [];
  const visit = (node: ts.Node): void => {
    const condition = ts.isWhileStatement(node)
      ? node.expression
      : ts.isForStatement(node)
        ? node.condition
        : undefined;
    const isPlain = !ts.isForStatement(node) || (!node.initializer && !node.incrementor);
    if (condition && isPlain && ts.isIterationStatement(node, false)) {
      const wait = busyWaitAt(node, condition, names);
      if (wait) waits.push(wait);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return waits;
}

function busyWaitAt(loop: ts.IterationStatement, condition: ts.Expression, names: Names): BusyWait | undefined {
  const question = questionOf(condition, names);
  const pause = question && pauseOf(loop.statement, names);
  if (!question || !pause) return undefined;
  return { ...question, sleeps: pause.sleeps, site: siteOf(loop), pause: siteOf(pause.node ?? condition) };
}

function questionOf(
  condition: ts.Expression,
  names: Names,
): Pick<BusyWait, "asked" | "instead" | "object"> | undefined {
  let node = unwrap(condition);
  const isNegated = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  if (isNegated) node = unwrap((node as ts.PrefixUnaryExpression).operand);
  const callee = ts.isCallExpression(node) && node.arguments.length === 0 ? unwrap(node.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee)) return undefined;
  const known = QUESTIONS[names.classOf(callee.expression) ?? ""];
  if (!known || known.method !== callee.name.text || known.until !== isNegated) return undefined;
  return {
    asked: node.getText(),
    object: callee.expression.getText(),
    instead: { stops: known.stops, suspends: known.suspends },
  };
}

interface Pause {
  readonly sleeps: BusyWait["sleeps"];
  readonly node: ts.Node | undefined;
}

/** What a loop's body does, if that is nothing but letting time go by. */
function pauseOf(body: ts.Statement, names: Names): Pause | undefined {
  if (ts.isEmptyStatement(body)) return { sleeps: undefined, node: undefined };
  if (ts.isBlock(body)) {
    const [only, ...more] = body.statements;
    if (!only) return { sleeps: undefined, node: undefined };
    return more.length === 0 ? pauseOf(only, names) : undefined;
  }
  if (!ts.isExpressionStatement(body)) return undefined;
  const expression = unwrap(body.expression);
  const isAwaited = ts.isAwaitExpression(expression);
  const slept = isAwaited ? unwrap(expression.expression) : expression;
  if (isAwaited && (isTimerPromise(slept) || names.isSleep(slept, true))) return { sleeps: "suspends", node: body };
  return !isAwaited && names.isSleep(slept, false) ? { sleeps: "stops", node: body } : undefined;
}

/** `new Promise((resolve) => setTimeout(resolve, 10))` */
function isTimerPromise(node: ts.Expression): boolean {
  const [executor] = ts.isNewExpression(node) && node.expression.getText() === "Promise" ? (node.arguments ?? []) : [];
  if (!executor || !isFunctionNode(executor)) return false;
  const parameter = executor.parameters[0]?.name.getText();
  const body = executor.body?.getText() ?? "";
  return new RegExp(`^\\{?\\s*(?:return )?(?:setTimeout|setImmediate)\\(${parameter}\\b[^{}]*\\);?\\s*\\}?$`).test(
    body,
  );
}

/** Says what names of a file are of Heddle, and what sleeps. */
class Names {
  readonly #names = new StateNames();
  readonly #imported: ReadonlyMap<string, Imported>;

  constructor(file: ts.SourceFile) {
    this.#imported = importedNames(file);
  }

  /** The class of a variable or a parameter, by what it was made of, or by its type. */
  classOf(expression: ts.Expression): string | undefined {
    const node = unwrap(expression);
    const declaration = ts.isIdentifier(node) ? this.#names.declarationOf(node)?.node : undefined;
    if (!declaration || ts.isFunctionDeclaration(declaration) || ts.isBindingElement(declaration)) return undefined;
    const value = declaration.initializer && unwrap(declaration.initializer);
    if (value && ts.isNewExpression(value)) return this.#heddle(value.expression);
    const { type } = declaration;
    return type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)
      ? this.#heddle(type.typeName)
      : undefined;
  }

  #heddle(expression: ts.Expression): string | undefined {
    const named = importedBy(expression, this.#imported);
    return named?.module === "heddle" ? named.name : undefined;
  }

  /** A call of Heddle's `sleep` or of Node's promised timers. */
  isSleep(node: ts.Expression, isPromised: boolean): boolean {
    if (!ts.isCallExpression(node)) return false;
    const named = importedBy(node.expression, this.#imported);
    if (named?.module === "heddle") return named.name === (isPromised ? "sleepAsync" : "sleep");
    return isPromised && named?.module === "timers/promises" && /^set(?:Timeout|Immediate)$/.test(named.name);
  }
}
