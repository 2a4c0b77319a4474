/**
 * What a statement declares for others than those who import its file: something global, something more of another module,
 * or a whole module that is imported by a name.
 */
import { ts } from "../source/syntax.js";

export interface Augmentation {
  readonly declaration: ts.ModuleDeclaration;
  /** As an import would name it; undefined for what is global. */
  readonly specifier: string | undefined;
  readonly statements: readonly ts.Statement[];
}

/** @returns undefined for all other statements */
export function augmentationOf(statement: ts.Node | undefined): Augmentation | undefined {
  if (!statement || !ts.isModuleDeclaration(statement)) return undefined;
  const isGlobal = (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
  if (!isGlobal && !ts.isStringLiteral(statement.name)) return undefined;
  const { body, name } = statement;
  return {
    declaration: statement,
    specifier: isGlobal ? undefined : name.text,
    statements: body && ts.isModuleBlock(body) ? body.statements : [],
  };
}

/**
 * What to look for in a text that imports such a module: `*` stands for anything in its name.
 * @returns undefined where that could be any text
 */
export function fixedPartOf(specifier: string): string | undefined {
  const [longest] = specifier.split("*").sort((one, other) => other.length - one.length);
  return longest || undefined;
}

/** Whether an import of that text may mean the module of this name. */
export function mayName(specifier: string, imported: string): boolean {
  const [begin = "", end] = specifier.split("*");
  return end === undefined ? specifier === imported : imported.startsWith(begin) && imported.endsWith(end);
}

/**
 * Global names that the compiler looks up where no code has the word: for `await`, `using`, tags, decorators, templates,
 * loops, and so on. Most are of its own library, but of an older one not all. By `onmessage` the declarations of Node tell
 * whether there is a browser.
 */
const LOOKED_UP =
  /^(?:JSX|React|Promise\w*|Awaited|(?:Async)?(?:Itera\w+|Generator\w*|Disposable)|\w*Decorator\w*|TypedPropertyDescriptor|TemplateStringsArray|Import\w+|Symbol\w*|BuiltinIteratorReturn|BigInt\w*|Extract|Omit|Record|ThisType|NoInfer|NonNullable|\w*Array|Arguments|IArguments|Object|Function|CallableFunction|NewableFunction|String|Number|Boolean|RegExp|Error|onmessage)$/;

export function isLookedUp(name: string): boolean {
  return LOOKED_UP.test(name);
}
