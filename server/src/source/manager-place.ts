import { registrationOf } from "./main-call.js";
import { ts } from "./syntax.js";

/** What calls a callback once for each element. */
const FOR_EACH: ReadonlySet<string> = new Set(["forEach", "map", "flatMap", "from"]);

/**
 * The name of a manager made before the statement, in its block or in one around it. Functions that are declared may run
 * before what stands above them: out of these nobody looks.
 */
export function managerAround(statement: ts.Statement): string | undefined {
  for (let node: ts.Node = statement; !ts.isSourceFile(node.parent); node = node.parent) {
    const name = ts.isBlock(node.parent) ? managerBefore(node.parent, node as ts.Statement) : undefined;
    if (name !== undefined) return name;
    if (ts.isFunctionLike(node.parent) ? !isCallback(node.parent) : ts.isClassLike(node.parent)) return undefined;
  }
  return undefined;
}

/**
 * The statement of the function's own block before which a manager can be made for what the given statement declares: a
 * manager is a process, so never one for each pass of a loop. Undefined at the top of a module, which every process loads,
 * and in a task: daemons, as the workers of pools are, start no processes.
 */
export function managerPlace(file: ts.SourceFile, statement: ts.Statement): ts.Statement | undefined {
  let found: ts.Statement | undefined;
  let isSettled = false;
  for (let node: ts.Node = statement; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isClassStaticBlockDeclaration(node)) isSettled = true;
    if (ts.isFunctionLike(node)) {
      if (isTask(file, node)) return undefined;
      if (isRepeated(node)) found = isSettled ? found : undefined;
      else isSettled = true;
    }
    if (!isSettled && ts.isBlock(node.parent) && ts.isFunctionLike(node.parent.parent)) found = node as ts.Statement;
  }
  return found;
}

function managerBefore(block: ts.Block, statement: ts.Statement): string | undefined {
  for (const each of block.statements.slice(0, block.statements.indexOf(statement))) {
    const [only] = ts.isVariableStatement(each) ? each.declarationList.declarations : [];
    const made = only?.initializer;
    if (!made || !ts.isNewExpression(made) || !ts.isIdentifier(only.name)) continue;
    if (ts.isIdentifier(made.expression) && made.expression.text === "Manager") return only.name.text;
  }
  return undefined;
}

function isCallback(node: ts.SignatureDeclaration): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** Whether a function is a callback that something calls once for each element. */
function isRepeated(node: ts.SignatureDeclaration): boolean {
  const { parent } = node;
  if (!isCallback(node) || !ts.isCallExpression(parent)) return false;
  const { expression } = parent;
  return ts.isPropertyAccessExpression(expression) && FOR_EACH.has(expression.name.text);
}

/** Whether the module registers the function with `tasks(…)`, under whatever name. */
function isTask(file: ts.SourceFile, node: ts.SignatureDeclaration): boolean {
  const holder = ts.isVariableDeclaration(node.parent) ? node.parent : node;
  const name = holder.name && ts.isIdentifier(holder.name) ? holder.name.text : undefined;
  return file.statements.some((statement) => {
    const list = registrationOf(statement)?.arguments[1];
    if (!list || !ts.isObjectLiteralExpression(list)) return false;
    return list.properties.some((each) => {
      if (each === node) return true;
      if (ts.isShorthandPropertyAssignment(each)) return each.name.text === name;
      if (!ts.isPropertyAssignment(each)) return false;
      const { initializer } = each;
      return initializer === node || (ts.isIdentifier(initializer) && initializer.text === name);
    });
  });
}
