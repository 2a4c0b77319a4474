import { importName } from "./imports.js";
import { indentationAt, layoutOf } from "./layout.js";
import { type CallPlace, type Change, removal } from "./lock-calls.js";
import { managerAround, managerPlace } from "./manager-place.js";
import { unusedName } from "./new-lock.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** By a class for threads: how a manager makes the same for processes, and the class of its proxy. */
const MANAGED: Readonly<Record<string, { readonly maker: string; readonly proxy: string }>> = {
  Queue: { maker: "queue", proxy: "QueueProxy" },
  SimpleQueue: { maker: "queue", proxy: "QueueProxy" },
  LifoQueue: { maker: "lifoQueue", proxy: "QueueProxy" },
  PriorityQueue: { maker: "priorityQueue", proxy: "QueueProxy" },
  Lock: { maker: "lock", proxy: "ManagerLock" },
  RLock: { maker: "rlock", proxy: "ManagerRLock" },
  Semaphore: { maker: "semaphore", proxy: "ManagerSemaphore" },
  BoundedSemaphore: { maker: "boundedSemaphore", proxy: "ManagerSemaphore" },
  Event: { maker: "event", proxy: "ManagerEvent" },
  Barrier: { maker: "barrier", proxy: "ManagerBarrier" },
  SharedList: { maker: "list", proxy: "ListProxy" },
  SharedMap: { maker: "dict", proxy: "DictProxy" },
  SharedValue: { maker: "value", proxy: "ValueProxy" },
};

const PROCESSES = "heddle/process";

/** What a manager makes in place of an object of that class: `manager.queue()`. */
export function managedName(className: string): string | undefined {
  return Object.hasOwn(MANAGED, className) ? `manager.${MANAGED[className]?.maker}()` : undefined;
}

/**
 * `const jobs = new Queue<string>(9)` in a function becomes `const jobs = manager.queue<string>(9)`, with a manager that the
 * function makes before where there is none. Undefined where it cannot be made.
 */
export function managedInstead(
  file: ts.SourceFile,
  declared: CallPlace,
  className: string,
): readonly Change[] | undefined {
  const variable = nodeAt(file, declared.start, declared.end).parent;
  const made = ts.isVariableDeclaration(variable) ? variable.initializer : undefined;
  const managed = MANAGED[className];
  if (!managed || !made || !ts.isNewExpression(made) || !isUntyped(variable)) return undefined;
  const statement = variable.parent.parent;
  const place = ts.isVariableStatement(statement) ? managerPlace(file, statement) : undefined;
  if (!ts.isVariableStatement(statement) || !ts.isBlock(statement.parent) || !place) return undefined;
  const known = managerAround(statement);
  const manager = known ?? unusedName(file, "manager");
  const call = `${manager}.${managed.maker}`;
  const replaced = made.expression;
  const changes: Change[] = [{ start: made.getStart(file), end: replaced.end, newText: call }];
  if (!made.arguments) changes.push({ start: made.end, end: made.end, newText: "()" });
  if (known === undefined) {
    const imported = importName(file, "Manager", (specifier) => specifier === PROCESSES, PROCESSES);
    if (!imported) return undefined;
    const { newline, semicolon } = layoutOf(file);
    const start = place.getStart(file);
    const newText = `const ${manager} = new ${imported.name}()${semicolon}${newline}${indentationAt(file.text, start)}`;
    changes.push({ start, end: start, newText });
    changes.push(...imported.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text })));
  }
  return changes;
}

/** The task's parameter at that place of the list of arguments is of the proxy's type: `jobs: QueueProxy<string>`. */
export function proxyTaken(
  file: ts.SourceFile,
  declared: CallPlace,
  place: number,
  className: string,
): readonly Change[] | undefined {
  const task = functionAt(nodeAt(file, declared.start, declared.end).parent);
  const type = task?.parameters[place]?.type;
  const managed = MANAGED[className];
  if (!managed || !type || !ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return [];
  if (type.typeName.text !== className) return [];
  const imported = importName(file, managed.proxy, (specifier) => specifier === PROCESSES, PROCESSES);
  if (!imported) return undefined;
  const { typeName } = type;
  return [
    { start: typeName.getStart(file), end: typeName.end, newText: imported.name },
    ...imported.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text })),
  ];
}

/** Which of a list's elements an expression is; undefined if it is none. */
export function placeInList(file: ts.SourceFile, element: CallPlace): number | undefined {
  const node = nodeAt(file, element.start, element.end);
  if (!ts.isArrayLiteralExpression(node.parent) || node.parent.elements.some(ts.isSpreadElement)) return undefined;
  return node.parent.elements.indexOf(node as ts.Expression);
}

/** Without the import of a name of which these changes take the last uses. */
export function withoutImport(file: ts.SourceFile, name: string, changes: readonly Change[]): readonly Change[] {
  let used = 0;
  let specifier: ts.ImportSpecifier | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isImportSpecifier(node)) {
      if (node.name.text === name) specifier = node;
      return;
    }
    const start = node.getStart(file);
    const isReplaced = changes.some(
      (change) => change.start < change.end && change.start <= start && node.end <= change.end,
    );
    if (ts.isIdentifier(node) && node.text === name && !isReplaced) used++;
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (used > 0 || !specifier) return [];
  const { elements } = specifier.parent;
  const index = elements.indexOf(specifier);
  const [before, after] = [elements[index - 1], elements[index + 1]];
  // The process's half of the library loads the other one anyway.
  if (!before && !after) {
    const clause = specifier.parent.parent;
    return clause.name || !ts.isImportDeclaration(clause.parent) ? [] : [removal(file, clause.parent)];
  }
  const [start, end] = after ? [specifier.getStart(file), after.getStart(file)] : [before?.end ?? 0, specifier.end];
  return /\/[/*]/.test(file.text.slice(start, end)) ? [] : [{ start, end, newText: "" }];
}

/** Insertions at one offset become one, as editors would choose their order. */
export function merged(changes: readonly Change[]): readonly Change[] {
  const found = new Map<string, Change>();
  for (const change of changes) {
    const key = change.start === change.end ? `${change.start}` : `${change.start} ${change.end}`;
    const known = found.get(key);
    if (known?.newText === change.newText) continue; // an import that both wanted
    found.set(key, known ? { ...known, newText: known.newText + change.newText } : change);
  }
  return [...found.values()];
}

/** A variable whose type follows from what it is given. */
function isUntyped(variable: ts.Node): variable is ts.VariableDeclaration {
  if (!ts.isVariableDeclaration(variable) || variable.type !== undefined) return false;
  return ts.isVariableDeclarationList(variable.parent) && variable.parent.declarations.length === 1;
}

function functionAt(node: ts.Node): ts.SignatureDeclaration | undefined {
  if (ts.isFunctionLike(node)) return node;
  const held = ts.isVariableDeclaration(node) ? node.initializer : undefined;
  return held && ts.isFunctionLike(held) ? held : undefined;
}
