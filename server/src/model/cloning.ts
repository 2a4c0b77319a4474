import { ts } from "../source/syntax.js";
import {
  type CloneFate,
  type CloningCall,
  cloneFates,
  cloningCalls,
  type Operand,
  type ProcessCall,
  processCalls,
  processTasks,
} from "./catalogue/index.js";
import { unwrap } from "./declarations.js";
import { property } from "./paths.js";
import type { Handover, Invocation } from "./spawns.js";
import type { Symbols } from "./symbols.js";

/** How deep in a message anything is looked for. */
const MAX_DEPTH = 5;

/** The names of methods that give something to another process. */
const SENDING: ReadonlySet<string> = new Set(
  [...processCalls.keys(), ...processTasks.keys()].map((key) => key.slice(key.lastIndexOf(".") + 1)),
);

/** A call that sends a message. */
export interface Sending {
  readonly node: Invocation;
  readonly message: ts.Expression;
  /** What goes along, as written. */
  readonly list: ts.Expression | undefined;
}

/** A call that gives a message to another process. */
export interface ProcessSending extends Sending {
  /** What it does with what only threads share: an error, or an empty object that arrives. */
  readonly fails: boolean;
  /** Of the message, only the elements are sent. */
  readonly isWalked: boolean;
  /** The function that is called there with what the message holds, as written. */
  readonly task: ts.Expression | undefined;
}

/** A part of a message. */
export interface Part {
  readonly at: ts.Node;
  /** What it is: `function`, `symbol`, or the name of its class. */
  readonly what: string;
}

interface Fate {
  readonly fate: CloneFate;
  /** The name of the class. */
  readonly what: string;
}

/** Says of the parts of a message what the structured-clone algorithm does with them. */
export class Cloning {
  readonly #symbols: Symbols;
  readonly #handover: Handover;
  readonly #speaking = new WeakMap<ts.SourceFile, boolean>();

  constructor(symbols: Symbols, handover: Handover) {
    this.#symbols = symbols;
    this.#handover = handover;
  }

  /** What a call copies for another thread, or as if for one. Nobody is asked unless the names are those. */
  sendingOf(node: Invocation): Sending | undefined {
    const callee = unwrap(node.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    if (!ts.isIdentifier(name)) return undefined;
    const isMade = ts.isNewExpression(node);
    if (isMade ? (node.arguments?.length ?? 0) < 2 : name.text !== "postMessage" && name.text !== "structuredClone") {
      return undefined;
    }
    const known = isMade ? this.#madeWith(callee) : this.#calledWith(callee);
    const message = known && this.#handover.operand(known.message, node);
    if (!message) return undefined;
    return { node, message, list: known.list === undefined ? undefined : this.#listOf(known.list, node) };
  }

  /** What a call gives to another process. Nobody is asked unless the names are those. */
  processSendingOf(node: Invocation): ProcessSending | undefined {
    const known = ts.isNewExpression(node) ? this.#processMadeWith(node) : this.#processCalledWith(node);
    const message = known && this.#handover.operand(known.message, node);
    if (!message) return undefined;
    const task = known.task === undefined ? undefined : this.#handover.operand(known.task, node);
    return { node, message, list: undefined, fails: known.fails, isWalked: known.walked === true, task };
  }

  #processMadeWith(node: ts.NewExpression): ProcessCall | undefined {
    const [options] = node.arguments ?? [];
    if (!options || !ts.isObjectLiteralExpression(unwrap(options)) || !this.#speaksOfProcesses(node)) return undefined;
    const known = this.#symbols.classOf(this.#symbols.symbolAt(unwrap(node.expression)));
    return known && processCalls.get(`${known.key}.constructor`);
  }

  #processCalledWith(node: ts.CallExpression): ProcessCall | undefined {
    const callee = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(callee) || !SENDING.has(callee.name.text)) return undefined;
    if (callee.name.text !== "send" && !this.#speaksOfProcesses(node)) return undefined;
    const symbol = this.#symbols.symbolAt(callee);
    const key = symbol && this.#symbols.key(symbol);
    if (key === undefined) return undefined;
    const task = processTasks.get(key);
    if (task === undefined) return processCalls.get(key);
    return this.#symbols.runsProcesses(callee.expression) ? task : undefined;
  }

  /** Whether the file says anywhere that it has to do with processes of its own. */
  #speaksOfProcesses(node: ts.Node): boolean {
    const file = node.getSourceFile();
    const known = this.#speaking.get(file) ?? /\bheddle\/process\b/.test(file.text);
    this.#speaking.set(file, known);
    return known;
  }

  /** The parts of a message that all threads of the process share: the memory, and objects of libraries in such memory. */
  sharedPartsOf({ message, isWalked }: ProcessSending): readonly Part[] {
    const isOpen = ts.isArrayLiteralExpression(unwrap(message)) || this.#symbols.isList(this.#symbols.typeOf(message));
    if (isWalked && !isOpen) return [];
    return this.#inExpression(message, { fate: "shared", depth: MAX_DEPTH });
  }

  /** The list of what goes along; an options object as the second argument may hold it as well. */
  #listOf(operand: Operand, node: Invocation): ts.Expression | undefined {
    const list = this.#handover.operand(operand, node);
    return (list && property(list, "transfer")) ?? list;
  }

  /** What becomes of what an expression holds when it is copied; undefined where that may be one thing or another. */
  fateOf(expression: ts.Expression): Fate | undefined {
    const symbol = this.#symbols.typeOf(expression).symbol;
    return symbol && this.#classFate(symbol);
  }

  #madeWith(callee: ts.Expression): CloningCall | undefined {
    const known = this.#symbols.classOf(this.#symbols.symbolAt(callee));
    return known && cloningCalls.get(`${known.key}.constructor`);
  }

  #calledWith(callee: ts.Expression): CloningCall | undefined {
    const symbol = this.#symbols.symbolAt(callee);
    const key = symbol && this.#symbols.key(symbol);
    if (key !== undefined) return cloningCalls.get(key);
    // In a worker, where nobody has declared the name.
    return !symbol && ts.isIdentifier(callee) ? { message: 0, list: 1 } : undefined;
  }

  /** The parts of a message that have a certain fate. */
  partsOf(message: ts.Expression, fate: CloneFate): readonly Part[] {
    return this.#inExpression(message, { fate, depth: MAX_DEPTH });
  }

  #inExpression(expression: ts.Expression, search: Search): readonly Part[] {
    const node = unwrap(expression);
    if (search.depth === 0) return [];
    if (ts.isObjectLiteralExpression(node)) return node.properties.flatMap((each) => this.#inMember(each, search));
    if (ts.isArrayLiteralExpression(node)) {
      return node.elements.flatMap((element) =>
        ts.isSpreadElement(element) ? [] : this.#inExpression(element, deeper(search)),
      );
    }
    if (isProxy(this.#valueOf(node))) return search.fate === "throws" ? [{ at: node, what: "Proxy" }] : [];
    const what = this.#inType(this.#symbols.typeOf(node), search, new Set());
    return what === undefined ? [] : [{ at: node, what }];
  }

  #inMember(member: ts.ObjectLiteralElementLike, search: Search): readonly Part[] {
    if (ts.isMethodDeclaration(member)) return search.fate === "throws" ? [{ at: member, what: "function" }] : [];
    if (ts.isPropertyAssignment(member)) return this.#inExpression(member.initializer, deeper(search));
    return ts.isShorthandPropertyAssignment(member) ? this.#inExpression(member.name, deeper(search)) : [];
  }

  /** What a constant was given. */
  #valueOf(node: ts.Expression): ts.Expression {
    if (!ts.isIdentifier(node)) return node;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return node;
    return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? unwrap(declaration.initializer) : node;
  }

  /** What surely is in a value of a type; where several types are possible, what is in all of them. */
  #inType(type: ts.Type, search: Search, seen: Set<ts.Type>): string | undefined {
    if (search.depth === 0 || seen.has(type)) return undefined;
    seen.add(type);
    const throws = search.fate === "throws";
    if (type.isUnion()) {
      const found = type.types.map((each) => this.#inType(each, search, seen));
      return found.every((what) => what !== undefined) ? found[0] : undefined;
    }
    if (type.flags & ts.TypeFlags.ESSymbolLike) return throws ? "symbol" : undefined;
    if (!(type.flags & ts.TypeFlags.Object)) return undefined;
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
      return throws ? "function" : undefined;
    }
    const symbol = type.symbol;
    const known = symbol && this.#classFate(symbol);
    if (known) return known.fate === search.fate ? known.what : undefined;
    const model = this.#symbols.classOf(symbol)?.model;
    if (model?.shared) return search.fate === "shared" && !model.travels ? symbol.name : undefined;
    if (this.#symbols.isList(type)) {
      const [element] = this.#symbols.typeArguments(type);
      return element && this.#inType(element, deeper(search), seen);
    }
    return symbol && this.#inMembers(type, search, seen);
  }

  #classFate(symbol: ts.Symbol): Fate | undefined {
    let at: ts.Symbol | undefined = symbol;
    for (let step = 0; at && step < 8; step++) {
      const key = this.#symbols.key(at);
      const fate = key === undefined ? undefined : cloneFates.get(plainKey(key));
      if (fate) return { fate, what: at.name };
      at = this.#symbols.baseOf(at);
    }
    return undefined;
  }

  /** The members that an object has itself: what a class has on its prototype no message copies. */
  #inMembers(type: ts.Type, search: Search, seen: Set<ts.Type>): string | undefined {
    for (const member of this.#symbols.membersOf(type)) {
      const declaration = member.valueDeclaration;
      if (!declaration || member.flags & ts.SymbolFlags.Optional || !isOwn(declaration)) continue;
      const found = this.#inType(this.#symbols.memberType(member, declaration), deeper(search), seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** What is looked for, and how deep. */
interface Search {
  readonly fate: CloneFate;
  readonly depth: number;
}

function deeper({ fate, depth }: Search): Search {
  return { fate, depth: depth - 1 };
}

/** Whether what is declared is a property of the object and of no prototype, and always there. */
function isOwn(declaration: ts.Declaration): boolean {
  if (declaration.getSourceFile().isDeclarationFile) return false;
  if (ts.isPropertyDeclaration(declaration)) {
    const isStatic = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static;
    return !isStatic && ts.isIdentifier(declaration.name) && declaration.initializer !== undefined;
  }
  const isOfLiteral = ts.isMethodDeclaration(declaration) && ts.isObjectLiteralExpression(declaration.parent);
  return isOfLiteral || ts.isPropertyAssignment(declaration) || ts.isShorthandPropertyAssignment(declaration);
}

function isProxy(node: ts.Expression): boolean {
  return ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Proxy";
}

/** Without the namespaces in which declarations have some classes. */
function plainKey(key: string): string {
  const slash = key.lastIndexOf("/");
  return key.slice(0, slash + 1) + key.slice(key.lastIndexOf(".") + 1).replace(/^.*\//, "");
}
