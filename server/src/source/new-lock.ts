import { type ImportedName, type Insertion, importName, topNames } from "./imports.js";
import { indentationAt, layoutOf } from "./layout.js";
import { ts } from "./syntax.js";

/**
 * A new lock for the object that `name` holds, declared at the top level of the file. It has a name of its own, so
 * that every thread that loads the module gets the same one.
 */
export function newLock(file: ts.SourceFile, name: string): ImportedName | undefined {
  const lock = importName(file, "Lock", (specifier) => specifier === "heddle", "heddle");
  if (!lock) return undefined;
  const { newline, quote, semicolon } = layoutOf(file);
  const variable = unusedName(file, `${name}Lock`);
  const declaration = `const ${variable} = new ${lock.name}({ name: ${quote}${name}-lock${quote} })${semicolon}`;
  const holder = file.statements.find((statement) => topNames(statement).includes(name));
  const behind = holder && !ts.isImportDeclaration(holder) ? holder : file.statements.findLast(ts.isImportDeclaration);
  const [imported] = lock.insertions;
  if (behind) {
    const indentation = indentationAt(file.text, behind.getStart(file));
    const text = newline + (ts.isImportDeclaration(behind) ? newline : "") + indentation + declaration;
    if (imported?.at === behind.end) return { name: variable, insertions: joined(imported, text) };
    return { name: variable, insertions: [...lock.insertions, { at: behind.end, text }] };
  }
  if (!imported) return undefined;
  return {
    name: variable,
    insertions: joined(imported, declaration + newline + newline),
  };
}

/** Two insertions at one offset would leave their order to the editor. */
function joined(first: Insertion, text: string): readonly Insertion[] {
  return [{ at: first.at, text: first.text + text }];
}

/** `wanted`, or with the first number at which the file does not have the name yet. */
export function unusedName(file: ts.SourceFile, wanted: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}${count}`;
    if (!new RegExp(`\\b${name}\\b`).test(file.text)) return name;
  }
}
