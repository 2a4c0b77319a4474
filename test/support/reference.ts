/** What the docstrings of the runtime say, read by the tool that `npm run docs` makes the reference with. */
import { fileURLToPath } from "node:url";
import {
  Application,
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection,
  Logger,
  LogLevel,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";
import { repositoryRoot } from "./repository.js";

/** A function, or something that a class has. */
export interface Member {
  /** As it is called: `new Lock(options?)`, `acquire(options?)`, `value`. */
  readonly call: string;
  /** What it does, in one line of Markdown. */
  readonly text: string;
  /** Whether the thread stops in it. */
  readonly blocks: boolean;
  /** The errors it is said to throw, each in one line. */
  readonly throws: readonly string[];
}

/** A class or function. */
export interface Exported {
  /** What it is, in one line of Markdown. */
  readonly text: string;
  /** What it is in Python. */
  readonly python: string;
}

/** The runtime's reference. */
export interface Reference {
  /** What is not documented, not exported or leads nowhere. */
  readonly complaints: readonly string[];
  /** The exported classes and functions; one of `heddle/process` with the name of another is `process.Queue`. */
  readonly exported: ReadonlyMap<string, Exported>;
  /** What a class or interface has, the constructor first, or the function itself. `own`: nothing inherited. */
  members(name: string, own?: boolean): readonly Member[];
}

const VALUES = ReflectionKind.Class | ReflectionKind.Function;

class Complaints extends Logger {
  readonly messages: string[] = [];

  protected override addContext(message: string, level: LogLevel, ..._place: unknown[]): string {
    if (level >= LogLevel.Warn) this.messages.push(message);
    return message;
  }
}

export async function readReference(): Promise<Reference> {
  const runtime = fileURLToPath(new URL("runtime/", repositoryRoot));
  const app = await Application.bootstrap({
    options: `${runtime}typedoc.json`,
    entryPoints: ["index", "process/index", "dummy/index", "trace/index"].map((entry) => `${runtime}src/${entry}.ts`),
    tsconfig: `${runtime}tsconfig.json`,
    readme: "none",
    // The build checks the types.
    skipErrorChecking: true,
  });
  const complaints = new Complaints();
  app.logger = complaints;
  const project = await app.convert();
  if (project === undefined) throw new Error(`The docstrings cannot be read: ${complaints.messages.join("\n")}`);
  app.validate(project);
  // What heddle/dummy has is described where heddle/process has it.
  const entry = (name: string): readonly DeclarationReflection[] =>
    project.children?.find((child) => child.name === name)?.children ?? [];
  const [threads, processes] = [entry("index"), entry("process")];
  const found = new Map(threads.map((reflection) => [reflection.name, reflection]));
  for (const reflection of processes) {
    const { name } = reflection;
    found.set(found.has(name) ? `process.${name}` : name, reflection);
  }
  const values = [...found].filter(([, { kind }]) => (kind & VALUES) !== 0);
  return {
    complaints: complaints.messages,
    exported: new Map(values.map(([name, reflection]) => [name, describe(reflection)])),
    members: (name, own = false) => membersOf(name, found.get(name), own),
  };
}

function describe(reflection: DeclarationReflection): Exported {
  const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
  return { text: inOneLine(comment?.summary ?? []), python: blocksOf(comment, "@see").join(" ") };
}

function membersOf(name: string, reflection: DeclarationReflection | undefined, own: boolean): Member[] {
  if (reflection === undefined) throw new Error(`There is no class or function ${name}.`);
  const children = reflection.kind === ReflectionKind.Function ? [reflection] : (reflection.children ?? []);
  return children
    .filter((child) => !own || child.inheritedFrom === undefined)
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map(memberOf)
    .filter(({ call, text }) => !call.startsWith("[") && text !== "As every typed array's.");
}

/** Constructor, values, functions: each in the order of the source. */
function orderOf({ kind }: DeclarationReflection): number {
  if (kind === ReflectionKind.Constructor) return 0;
  return kind === ReflectionKind.Method ? 2 : 1;
}

function memberOf(child: DeclarationReflection): Member {
  const signature = child.signatures?.[0];
  const comment = signature?.comment ?? child.comment ?? child.getSignature?.comment;
  const text = inOneLine(comment?.summary ?? []);
  return {
    call: signature === undefined ? child.name : callOf(signature),
    text,
    blocks: saysThatItBlocks(text),
    throws: blocksOf(comment, "@throws"),
  };
}

function callOf(signature: SignatureReflection): string {
  const parameters = (signature.parameters ?? []).map(({ name, flags, defaultValue }) => {
    const isOptional = flags.isOptional || defaultValue !== undefined;
    return `${flags.isRest ? "..." : ""}${name}${isOptional ? "?" : ""}`;
  });
  const isNew = signature.kind === ReflectionKind.ConstructorSignature;
  return `${isNew ? "new " : ""}${signature.name}(${parameters.join(", ")})`;
}

/** Docstrings say "Blocks" where a thread stops, and nothing or the contrary elsewhere. */
function saysThatItBlocks(text: string): boolean {
  return /(?:^|[.:;,] |and )blocks\b/i.test(text) && !/returns at once/i.test(text);
}

function blocksOf(comment: Comment | undefined, tag: `@${string}`): string[] {
  const blocks = comment?.blockTags.filter((block) => block.tag === tag) ?? [];
  return blocks.map(({ content }) => inOneLine(content));
}

function inOneLine(parts: readonly CommentDisplayPart[]): string {
  const markdown = parts.map(({ text }) => text).join("");
  return markdown.trim().replaceAll(/\s+/g, " ");
}
