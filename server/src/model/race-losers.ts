import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { executorOf } from "./left-work.js";
import { NamePlaces } from "./name-places.js";
import type { PromisePlaces } from "./promise-places.js";
import type { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

/** What goes on behind a race that something else has won, because nobody stops it. */
export interface RaceLoser {
  /** `timer`: nobody clears it; `request`: a `fetch` that nobody can abort when the time is up. */
  readonly kind: "timer" | "request";
  /** What the user wrote into the race. */
  readonly text: string;
  readonly site: Site;
  /** The call of `Promise.race`. */
  readonly race: Site;
  /** Where the timer is set, if a function of its own does so. */
  readonly timer: Site;
  /** Whether the timer stands beside the race, where its number can be kept. */
  readonly isNear: boolean;
}

/** A timer that is over so soon is cheaper than the code that would clear it. In milliseconds. */
const SHORT = 1000;
/** How many calls lead from a race to its timer. */
const MAX_CALLS = 2;
const ENDS_PROCESS = /^process\s*\.\s*(?:exit|abort|kill)$/;

/** The races of one file that leave a timer or a request behind. */
export function raceLosersIn(file: ts.SourceFile, { calls }: PromisePlaces, names: StateNames): readonly RaceLoser[] {
  const timers = new Timers(file, names);
  return calls.flatMap((call) => {
    const arms = armsOf(call);
    return arms ? losersOf(call, arms, timers) : [];
  });
}

/** The promises of `Promise.race([…])`. */
function armsOf(call: ts.CallExpression): readonly ts.Expression[] | undefined {
  if (call.expression.getText() !== "Promise.race") return undefined;
  const list = call.arguments[0] && unwrap(call.arguments[0]);
  return list && ts.isArrayLiteralExpression(list) && list.elements.length > 1 ? list.elements.map(unwrap) : undefined;
}

function losersOf(race: ts.CallExpression, arms: readonly ts.Expression[], timers: Timers): readonly RaceLoser[] {
  if (timers.endsProcess(race)) return [];
  const armed = arms.flatMap((arm) => {
    const timer = timers.of(arm);
    return timer && !timers.outlives(arm, race) ? [{ arm, ...timer }] : [];
  });
  // Two timers against each other are a joke of a test; a race of nothing else has no winner that matters.
  if (armed.length === 0 || armed.length === arms.length) return [];
  const losers = armed
    .filter(({ isCleared }) => !isCleared)
    .map(({ arm, call, isNear }): RaceLoser => {
      const site = siteOf(isNear ? call : arm);
      return { kind: "timer", text: textOf(arm), site, race: siteOf(race), timer: siteOf(call), isNear };
    });
  const [first] = armed;
  const requests = arms.filter(isBareFetch).map((arm): RaceLoser => {
    const timer = siteOf(first?.call ?? race);
    return { kind: "request", text: textOf(arm), site: siteOf(arm), race: siteOf(race), timer, isNear: false };
  });
  return [...losers, ...requests];
}

/** What the user wrote, on one line. */
function textOf(arm: ts.Expression): string {
  return executorOf(arm) ? "new Promise(…)" : arm.getText().replace(/\s+/g, " ");
}

/** `fetch(url)`, without anything by which it can be told to stop. */
function isBareFetch(arm: ts.Expression): boolean {
  if (!ts.isCallExpression(arm) || arm.expression.getText() !== "fetch") return false;
  const [request, options] = arm.arguments;
  if (!request || !(ts.isStringLiteralLike(request) || ts.isTemplateExpression(request))) return false;
  return (
    options === undefined ||
    (ts.isObjectLiteralExpression(options) &&
      options.properties.every((property) => !ts.isSpreadAssignment(property) && property.name.getText() !== "signal"))
  );
}

interface Timer {
  readonly call: ts.CallExpression;
  readonly isCleared: boolean;
  readonly isNear: boolean;
}

/** Finds the timers that promises wait for. */
class Timers {
  readonly #names: StateNames;
  /** What the file calls the function that gives a promise for a time: `setTimeout` of `timers/promises`. */
  readonly #promised: ReadonlySet<string>;
  readonly #places: NamePlaces;
  /** By function, where it ends the process. */
  readonly #ends = new Map<ts.Node, readonly ts.Node[]>();

  constructor(file: ts.SourceFile, names: StateNames) {
    this.#names = names;
    this.#places = new NamePlaces(file);
    this.#promised = promisedTimers(file);
  }

  of(arm: ts.Expression, calls = 0): Timer | undefined {
    const node = unwrap(arm);
    if (ts.isAwaitExpression(node) || calls > MAX_CALLS) return undefined;
    const executor = executorOf(node);
    if (executor) return this.#setBy(executor);
    if (ts.isIdentifier(node)) {
      const declared = this.#names.declarationOf(node);
      const value = declared && ts.isVariableDeclaration(declared.node) ? declared.node.initializer : undefined;
      const isOwn = declared?.scope === enclosingFunction(node);
      return value && isOwn ? this.of(value, calls) : undefined;
    }
    if (!ts.isCallExpression(node)) return undefined;
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee) && /^(?:then|catch|finally)$/.test(callee.name.text)) {
      return this.of(callee.expression, calls);
    }
    if (this.#promised.has(callee.getText())) return this.#promisedBy(node);
    const made = ts.isIdentifier(callee) && this.#functionOf(callee);
    const result = made && resultOf(made);
    const timer = result && this.of(result, calls + 1);
    return timer && !isShort(node.arguments[0]) ? { ...timer, isNear: false } : undefined;
  }

  /** Whether the time is meant for more than one race: its promise is asked elsewhere, or made outside the race's loop. */
  outlives(arm: ts.Expression, race: ts.Node): boolean {
    const node = unwrap(arm);
    const declared = ts.isIdentifier(node) ? this.#names.declarationOf(node)?.node : undefined;
    if (!declared || !ts.isIdentifier(node)) return false;
    for (let at = race; at.parent && !covers(at, declared); at = at.parent) {
      if (ts.isIterationStatement(at, false)) return true;
    }
    return this.#places.of(node.text).some((place) => place.parent !== declared && !covers(race, place));
  }

  /** Whether the function that waits for the race ends the process behind it: then nothing goes on. */
  endsProcess(race: ts.Node): boolean {
    const owner = enclosingFunction(race);
    let ends = this.#ends.get(owner);
    if (!ends) {
      const calls: ts.Node[] = [];
      someInBody(owner, (node) => {
        if (ts.isCallExpression(node) && ENDS_PROCESS.test(node.expression.getText())) calls.push(node);
        return false;
      });
      ends = calls;
      this.#ends.set(owner, ends);
    }
    return ends.some((end) => end.pos > race.pos);
  }

  #functionOf(name: ts.Identifier): FunctionNode | undefined {
    const declared = this.#names.declarationOf(name)?.node;
    if (declared && isFunctionNode(declared)) return declared;
    const value =
      declared && ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
    return value && isFunctionNode(value) ? value : undefined;
  }

  /** `setTimeout(ms)` of `timers/promises`: only a signal ends it. */
  #promisedBy(call: ts.CallExpression): Timer | undefined {
    const [time, , options] = call.arguments;
    if (isShort(time)) return undefined;
    const isCleared = options !== undefined && /\bsignal\b|\bref\b|\.\.\.|^[\w.#$]+$/.test(options.getText());
    return { call, isCleared, isNear: true };
  }

  #setBy(executor: FunctionNode): Timer | undefined {
    let found: Timer | undefined;
    const visit = (node: ts.Node): void => {
      if (found || (isFunctionNode(node) && node !== executor)) return;
      if (
        ts.isCallExpression(node) &&
        /^(?:globalThis\.|window\.|self\.)?setTimeout$/.test(node.expression.getText())
      ) {
        if (isShort(node.arguments[1]) || !settles(node, executor)) return;
        found = { call: node, isCleared: this.#isCleared(node), isNear: true };
        return;
      }
      ts.forEachChild(node, visit);
    };
    if (executor.body) visit(executor.body);
    return found;
  }

  /** Whether somebody does, or can do, something about a timer. */
  #isCleared(call: ts.CallExpression): boolean {
    const { parent } = call;
    if (ts.isExpressionStatement(parent) || ts.isArrowFunction(parent)) return false;
    const kept = ts.isVariableDeclaration(parent)
      ? parent.name
      : ts.isBinaryExpression(parent) && isAssignment(parent)
        ? parent.left
        : undefined;
    // A field, an argument, `setTimeout(…).unref()`: others have it.
    if (!kept || !ts.isIdentifier(kept)) return true;
    const declared = ts.isVariableDeclaration(parent) ? parent : this.#names.declarationOf(kept)?.node;
    // Named once more: it is cleared, or somebody gets it who may do so.
    return (
      declared === undefined || this.#places.of(kept.text).some((place) => place !== kept && place.parent !== declared)
    );
  }
}

function covers(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/** Whether a timer settles the promise of the executor that it is set in. */
function settles({ arguments: [callback] }: ts.CallExpression, { parameters }: FunctionNode): boolean {
  const settlers = new Set(parameters.map(({ name }) => name.getText()));
  let does = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && settlers.has(node.text)) does = true;
    ts.forEachChild(node, visit);
  };
  if (callback) visit(callback);
  return does;
}

/** What a function gives, if it is one expression. */
function resultOf({ body }: FunctionNode): ts.Expression | undefined {
  if (!body || !ts.isBlock(body)) return body;
  const [only, more] = body.statements;
  return only && !more && ts.isReturnStatement(only) ? only.expression : undefined;
}

function isShort(time: ts.Expression | undefined): boolean {
  const node = time && unwrap(time);
  return node === undefined || (ts.isNumericLiteral(node) && Number(node.text.replaceAll("_", "")) <= SHORT);
}

function promisedTimers(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !/timers\/promises["']$/.test(statement.moduleSpecifier.getText()))
      continue;
    const { name, namedBindings } = statement.importClause ?? {};
    if (name) names.add(`${name.text}.setTimeout`);
    if (!namedBindings) continue;
    if (ts.isNamespaceImport(namedBindings)) names.add(`${namedBindings.name.text}.setTimeout`);
    else
      for (const each of namedBindings.elements)
        if ((each.propertyName ?? each.name).text === "setTimeout") names.add(each.name.text);
  }
  return names;
}
