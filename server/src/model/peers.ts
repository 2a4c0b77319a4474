import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";

/** What is made to run beside this thread: a worker of Node's, one of a browser's, or a process. */
export type PeerKind = "worker" | "page worker" | "process";

const THREADS = /^(?:node:)?worker_threads$/;
const PROCESSES = /^(?:node:)?child_process$/;

/** By which names a file makes peers. */
export class PeerMakers {
  readonly #classes = new Set<string>();
  readonly #threads = new Set<string>();
  readonly #forks = new Set<string>();
  readonly #processes = new Set<string>();
  /** Whether `Worker` is what a browser has. */
  #isPlain = true;

  constructor(file: ts.SourceFile) {
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) this.#import(statement);
      else if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach(this.#require);
      else if (ts.isClassDeclaration(statement) && statement.name?.text === "Worker") this.#isPlain = false;
    }
  }

  kindOf(node: ts.Node): PeerKind | undefined {
    if (ts.isNewExpression(node)) {
      const made = unwrap(node.expression);
      if (ts.isIdentifier(made) && this.#classes.has(made.text)) return "worker";
      if (isMemberOf(made, "Worker", this.#threads)) return "worker";
      return this.#isPlain && ts.isIdentifier(made) && made.text === "Worker" ? "page worker" : undefined;
    }
    if (!ts.isCallExpression(node)) return undefined;
    const callee = unwrap(node.expression);
    const isFork =
      (ts.isIdentifier(callee) && this.#forks.has(callee.text)) || isMemberOf(callee, "fork", this.#processes);
    return isFork ? "process" : undefined;
  }

  #import({ moduleSpecifier, importClause }: ts.ImportDeclaration): void {
    if (!ts.isStringLiteral(moduleSpecifier) || !importClause) return;
    const { name, namedBindings } = importClause;
    if (name) this.#whole(moduleSpecifier.text, name.text);
    if (namedBindings && ts.isNamespaceImport(namedBindings)) {
      this.#whole(moduleSpecifier.text, namedBindings.name.text);
    } else {
      for (const each of namedBindings?.elements ?? []) {
        this.#part(moduleSpecifier.text, each.name.text, (each.propertyName ?? each.name).text);
      }
    }
  }

  readonly #require = ({ name, initializer }: ts.VariableDeclaration): void => {
    const call = initializer && unwrap(initializer);
    const [specifier] =
      call && ts.isCallExpression(call) && call.expression.getText() === "require" ? call.arguments : [];
    const module = specifier && ts.isStringLiteral(specifier) ? specifier.text : "";
    if (ts.isIdentifier(name)) return this.#whole(module, name.text);
    if (!ts.isObjectBindingPattern(name)) return;
    for (const each of name.elements) {
      if (ts.isIdentifier(each.name)) this.#part(module, each.name.text, (each.propertyName ?? each.name).getText());
    }
  };

  #whole(module: string, local: string): void {
    if (THREADS.test(module)) this.#threads.add(local);
    if (PROCESSES.test(module)) this.#processes.add(local);
    if (local === "Worker") this.#isPlain = false;
  }

  #part(module: string, local: string, name: string): void {
    if (THREADS.test(module) && name === "Worker") this.#classes.add(local);
    if (PROCESSES.test(module) && name === "fork") this.#forks.add(local);
    if (local === "Worker") this.#isPlain = false;
  }
}

function isMemberOf(node: ts.Expression, name: string, holders: ReadonlySet<string>): boolean {
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== name) return false;
  const holder = unwrap(node.expression);
  return ts.isIdentifier(holder) && holders.has(holder.text);
}
