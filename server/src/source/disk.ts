import { createHash } from "node:crypto";
import { readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { packageNameOf, packagesAsked } from "./package-name.js";
import { readText } from "./text.js";

const kinds = ["file", "folder", "text", "folders", "real", "package"] as const;
type Kind = (typeof kinds)[number];

/** A question about the disk and its answer; of texts, a hash. */
export type Answer = readonly [kind: Kind, path: string, answer: string | boolean | null];

/** Instead of two answers to one question: what rests on both, nothing can say to be right still. No path has a NUL. */
const CONTRADICTION = "\0";

/**
 * The disk as one analysis has seen it. Every answer is remembered: as long as the disk answers all questions the same,
 * whatever was computed from the answers is still right.
 */
export class Disk {
  readonly #answers = new Map<string, Answer>();

  isFile(path: string): boolean {
    return this.#note("file", path, isFile(path));
  }

  isFolder(path: string): boolean {
    return this.#note("folder", path, isFolder(path));
  }

  /** Throws where the file cannot be read. */
  text(path: string): string {
    const text = readText(path);
    this.#note("text", path, hash(text));
    return text;
  }

  /** The folders and links in a folder; none where there is no such folder. */
  folders(path: string): string[] {
    const found = folders(path);
    this.#note("folders", path, found.join("/"));
    return found;
  }

  /** What a path really is, or itself where nothing is there. */
  realpath(path: string): string {
    return this.#note("real", path, realpath(path));
  }

  #note<T extends string | boolean>(kind: Kind, path: string, answer: T): T {
    const question = `${kind} ${path}`;
    const before = this.#answers.get(question)?.[2];
    this.#answers.set(question, [kind, path, before === undefined || before === answer ? answer : CONTRADICTION]);
    return answer;
  }

  /** Whoever asked about a file has forgotten the answers, and asks again or has its text from elsewhere. */
  forget(file: string): void {
    this.#answers.delete(`file ${file}`);
    this.#answers.delete(`text ${file}`);
  }

  get answers(): readonly Answer[] {
    return [
      ...this.#answers.values(),
      ...packagesAsked().map(([path, name]): Answer => ["package", path, name ?? null]),
    ];
  }
}

/**
 * Whether the disk answers as it did. Files that are open in an editor have the texts that are given, which must have
 * been asked for: of others nobody knows what they would have changed.
 */
export function stillAnswers(answers: readonly Answer[], open: ReadonlyMap<string, string> = new Map()): boolean {
  const texts = new Set(answers.filter(([kind]) => kind === "text").map(([, file]) => file));
  if (![...open.keys()].every((file) => texts.has(file))) return false;
  return answers.every(([kind, path, answer]) => {
    const text = open.get(path);
    if (text !== undefined && kind === "text") return hash(text) === answer;
    if (text !== undefined && kind === "file") return answer === true;
    return ask(kind, path) === answer;
  });
}

/** What a disk would have answered on which the file has this text. */
export function answersFor(file: string, text: string): readonly Answer[] {
  return [
    ["file", file, true],
    ["text", file, hash(text)],
  ];
}

function ask(kind: Kind, path: string): string | boolean | null {
  switch (kind) {
    case "file":
      return isFile(path);
    case "folder":
      return isFolder(path);
    case "folders":
      return folders(path).join("/");
    case "real":
      return realpath(path);
    case "package":
      return packageNameOf(path) ?? null;
    case "text":
      try {
        return hash(readText(path));
      } catch {
        return null; // It was read before, so this is another answer.
      }
  }
}

function hash(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}

function isFile(path: string): boolean {
  return stat(path)?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return stat(path)?.isDirectory() ?? false;
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // A loop of links or a forbidden folder is, to an import, the same as nothing there.
  }
}

function folders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    return []; // The compiler asks for folders that need not exist, such as node_modules/@types.
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path).replaceAll("\\", "/");
  } catch {
    return path; // An unsaved file has no real path; it stands for itself.
  }
}
