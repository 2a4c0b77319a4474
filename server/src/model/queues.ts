import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import { QueueLowering } from "./lower-queue.js";
import { StatementLowering } from "./lower-statement.js";
import { ProgramStarts } from "./program-starts.js";
import type { DurableQueue, FileQueues, QueueFunction, QueueThread } from "./queue-function.js";
import { StateNames } from "./state-names.js";

/** Queues whose `join` waits until as many items were reported as were put. */
const COUNTING: ReadonlySet<string> = new Set(["Queue", "LifoQueue", "PriorityQueue"]);
/** Methods of a manager that make them. */
const MAKING: ReadonlySet<string> = new Set(["queue", "joinableQueue", "lifoQueue", "priorityQueue"]);
/** By how addresses begin: servers whose queues keep an item until it is reported. */
const SERVERS = { redis: "Redis", rediss: "Redis", amqp: "RabbitMQ", amqps: "RabbitMQ" } as const;
const ADDRESS = /^(rediss?|amqps?):\/\//;
/** Classes of their queues. */
const DURABLE: ReadonlyMap<string, DurableQueue["server"]> = new Map([
  ["DurableQueue", "Redis"],
  ["RabbitQueue", "RabbitMQ"],
]);
const SPEAKS = /["']heddle(?:\/process)?["']/;
const TAKES = /\.(?:get|getAsync|getNowait|receive|receiveAsync|join|joinAsync)\s*\(|\bfor\s+await\b/;

const NONE: FileQueues = { functions: [], same: [], bounded: new Set(), durable: new Map() };
const found = new WeakMap<ts.SourceFile, FileQueues>();

/**
 * What the functions of a file do with queues that count what is dealt with. The text of the file alone says so, whence
 * the answer lasts as long as the text.
 */
export function queuesOf(file: ts.SourceFile | undefined): FileQueues {
  const known = file && found.get(file);
  if (!file || known) return known ?? NONE;
  const { text } = file;
  const queues = SPEAKS.test(text) && /queue\b/i.test(text) && TAKES.test(text) ? lowerOrGiveUp(file) : NONE;
  found.set(file, queues);
  return queues;
}

function lowerOrGiveUp(file: ts.SourceFile): FileQueues {
  try {
    return lowerQueues(file);
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return NONE;
    throw error;
  }
}

function lowerQueues(file: ts.SourceFile): FileQueues {
  const names = new QueueNames(file);
  const starts = new ProgramStarts(file, names.scopes);
  const functions: QueueFunction[] = [];
  const same: (readonly [string, string])[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isSourceFile(node)) functions.push(lowerOne(node, names, starts));
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) same.push(...names.handed(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return {
    functions: functions.filter(({ nodes, joins, threads }) => joins.length + threads.length > 0 || counts(nodes)),
    same,
    bounded: names.bounded,
    durable: names.durable,
  };
}

const COUNTED: ReadonlySet<string> = new Set(["taken", "delivered", "reported", "putting", "shut"]);

function counts(nodes: QueueFunction["nodes"]): boolean {
  return nodes.some(({ event }) => COUNTED.has(event.kind));
}

function lowerOne(node: FunctionNode | ts.SourceFile, names: QueueNames, starts: ProgramStarts): QueueFunction {
  const file = node.getSourceFile();
  const graph = new GraphBuilder(siteOf(node, file));
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  const expressions = new QueueLowering(graph, names, file);
  const body = ts.isSourceFile(node) ? node : node.body;
  if (body) new StatementLowering(graph, expressions, file).body(body, end);
  const name = ts.isSourceFile(node) ? "module" : (declaredName(node) ?? "function");
  const { joins, shares, hands, threads } = expressions;
  const isEntry = threads.length > 0 && starts.has(node);
  return { key: names.keyOf(node), name, isEntry, nodes: graph.finish(end), joins, shares, hands, threads };
}

/** Says which queue an expression means: a variable, a parameter, or by its name a queue of the program. */
class QueueNames {
  readonly scopes = new StateNames();
  readonly bounded = new Set<string>();
  readonly durable = new Map<string, DurableQueue>();
  readonly #imported: ReadonlyMap<string, Imported>;
  readonly #file: ts.SourceFile;

  constructor(file: ts.SourceFile) {
    this.#file = file;
    this.#imported = importedNames(file);
  }

  queueOf(expression: ts.Expression): string | undefined {
    const node = unwrap(expression);
    const declaration = ts.isIdentifier(node) ? this.scopes.declarationOf(node)?.node : undefined;
    if (!declaration || !ts.isIdentifier(node)) return undefined;
    if (ts.isParameter(declaration)) return this.#parameter(declaration);
    if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const made = unwrap(declaration.initializer);
    if (ts.isCallExpression(made)) return this.#durableQueue(made, declaration);
    if (!ts.isNewExpression(made) || !this.#isQueue(made.expression)) return undefined;
    const key = nameGiven(made) ?? this.#key(declaration);
    if (this.#roomOf(made)) this.bounded.add(key);
    return key;
  }

  #parameter(declaration: ts.ParameterDeclaration): string | undefined {
    const named = this.#typeOf(declaration.type);
    const key = this.#key(declaration);
    const server = named?.module === "heddle/process" ? DURABLE.get(named.name) : undefined;
    if (server) this.durable.set(key, { server, site: siteOf(declaration, this.#file) });
    else if (named?.module !== "heddle" || !COUNTING.has(named.name)) return undefined;
    return key;
  }

  /** `redis.queue(0, { name: "jobs" })`, where `redis` is `Manager.connect("redis://…")`, or `"amqp://…"`. */
  #durableQueue(made: ts.CallExpression, declaration: ts.VariableDeclaration): string | undefined {
    const callee = unwrap(made.expression);
    if (!ts.isPropertyAccessExpression(callee) || !MAKING.has(callee.name.text)) return undefined;
    const server = this.#serverOf(unwrap(callee.expression));
    if (!server) return undefined;
    const name = nameGiven(made);
    const key = name === undefined ? this.#key(declaration) : `${server}:${name}`;
    this.durable.set(key, { server, site: siteOf(declaration, this.#file) });
    return key;
  }

  #serverOf(manager: ts.Expression): DurableQueue["server"] | undefined {
    const declaration = ts.isIdentifier(manager) ? this.scopes.declarationOf(manager)?.node : undefined;
    const isConstant = declaration !== undefined && ts.isVariableDeclaration(declaration);
    const made = isConstant && declaration.initializer ? unwrap(declaration.initializer) : manager;
    if (!ts.isCallExpression(made)) return undefined;
    const callee = unwrap(made.expression);
    const [address] = made.arguments;
    if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "connect" || !address) return undefined;
    const named = importedBy(callee.expression, this.#imported);
    if (named?.module !== "heddle/process" || named.name !== "Manager") return undefined;
    const text = ts.isTemplateExpression(address)
      ? address.head.text
      : ts.isStringLiteralLike(address)
        ? address.text
        : "";
    const [, scheme] = ADDRESS.exec(text) ?? [];
    return scheme === undefined ? undefined : SERVERS[scheme as keyof typeof SERVERS];
  }

  /** How many items there is room for; none where that is not said, or there is no limit. */
  #roomOf({ arguments: given }: ts.NewExpression): number {
    const size = given?.[0] && unwrap(given[0]);
    const constant = size && ts.isIdentifier(size) ? this.scopes.declarationOf(size)?.node : undefined;
    const value = constant && ts.isVariableDeclaration(constant) ? constant.initializer : size;
    return value && ts.isNumericLiteral(value) ? Number(value.text) : 0;
  }

  keyOf(node: ts.Node): string {
    return this.#key(node);
  }

  /** `const thread = new Thread({ target: f, … })`: the thread that the variable holds. */
  threadOf(declaration: ts.VariableDeclaration): QueueThread | undefined {
    const made = declaration.initializer && unwrap(declaration.initializer);
    if (!made || !ts.isNewExpression(made) || !ts.isIdentifier(declaration.name)) return undefined;
    const named = importedBy(made.expression, this.#imported);
    const [options] = made.arguments ?? [];
    if (named?.module !== "heddle" || named.name !== "Thread" || !options) return undefined;
    const target = ts.isObjectLiteralExpression(options) ? memberOf(options, "target") : undefined;
    const declared = target && ts.isIdentifier(target) ? this.scopes.declarationOf(target)?.node : undefined;
    if (!declared || !ts.isFunctionDeclaration(declared)) return undefined;
    return {
      thread: this.#key(declaration),
      target: this.#key(declared),
      text: declaration.name.text,
      isDaemon: /\bdaemon\b|\.\.\./.test(options.getText()),
      site: siteOf(made, this.#file),
    };
  }

  /** The variable that a name stands for, by the place of its declaration. */
  variableOf(expression: ts.Expression): string | undefined {
    const node = unwrap(expression);
    const declared = ts.isIdentifier(node) ? this.scopes.declarationOf(node)?.node : undefined;
    return declared && ts.isVariableDeclaration(declared) ? this.#key(declared) : undefined;
  }

  /** `new Thread({ target: f, args: [queue] })`, `pool.apply(f, [queue])`: what the parameters of `f` are. */
  handed(call: ts.NewExpression | ts.CallExpression): readonly (readonly [string, string])[] {
    const options = call.arguments?.[0];
    const [target, args] =
      options && ts.isObjectLiteralExpression(options)
        ? [memberOf(options, "target"), memberOf(options, "args")]
        : [options, call.arguments?.[1]];
    if (!target || !args || !ts.isIdentifier(target) || !ts.isArrayLiteralExpression(args)) return [];
    const declaration = this.scopes.declarationOf(target)?.node;
    if (!declaration || !ts.isFunctionDeclaration(declaration)) return [];
    return args.elements.flatMap((argument, index) => {
      const queue = this.queueOf(argument);
      const parameter = declaration.parameters[index];
      return queue !== undefined && parameter ? [[queue, this.#key(parameter)] as const] : [];
    });
  }

  #key(declaration: ts.Node): string {
    return `${this.#file.fileName}@${declaration.pos}`;
  }

  #isQueue(callee: ts.Expression): boolean {
    const named = importedBy(callee, this.#imported);
    return named?.module === "heddle" && COUNTING.has(named.name);
  }

  #typeOf(type: ts.TypeNode | undefined): ReturnType<typeof importedBy> {
    if (!type || !ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
    return importedBy(type.typeName, this.#imported);
  }
}

function memberOf(options: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of options.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === name) return unwrap(property.initializer);
  }
  return undefined;
}

/** `new Queue(0, { name: "jobs" })` */
function nameGiven({ arguments: given }: ts.NewExpression | ts.CallExpression): string | undefined {
  for (const argument of given ?? []) {
    const name = ts.isObjectLiteralExpression(argument) ? memberOf(argument, "name") : undefined;
    if (name) return ts.isStringLiteralLike(name) ? `named:${name.text}` : undefined;
  }
  return undefined;
}
