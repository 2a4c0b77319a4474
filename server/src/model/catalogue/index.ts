import { asyncMutex } from "./async-mutex.js";
import { events } from "./events.js";
import type { ClassModel, Effect, LibraryModel } from "./format.js";
import { global } from "./global.js";
import { heddle } from "./heddle.js";
import { heddleDummy } from "./heddle-dummy.js";
import { heddleProcess } from "./heddle-process.js";
import { servers } from "./servers.js";
import { workerThreads } from "./worker-threads.js";

const builtIn: readonly LibraryModel[] = [
  heddle,
  heddleProcess,
  heddleDummy,
  workerThreads,
  events,
  ...servers,
  asyncMutex,
  global,
];

/**
 * A file without any of these words, and without anything to do with a file that has one, has nothing to analyse.
 * Words, not symbols: the test runs over every file of a project and must cost next to nothing.
 */
const EVIDENCE =
  /\bheddle\b|worker_threads|\bAtomics\b|SharedArrayBuffer|\basync-mutex\b|\bnavigator\.locks\b|@guardedBy\b|@threadConfined\b/;

/** Words that matter for the file they are in, and mean nothing for who calls its functions. */
const OWN_EVIDENCE = /\bAbortController\b|\bpostMessage\b|\bstructuredClone\b/;

/** Modules that a package has beside its main one: what is declared below `folder` is of `module`. */
export const submodules: readonly { readonly package: string; readonly folder: string; readonly module: string }[] = [
  { package: "heddle", folder: "/dist/process/", module: "heddle/process" },
  { package: "heddle", folder: "/dist/dummy/", module: "heddle/dummy" },
];

/** What libraries mean: those that everybody knows, and those that a workspace describes in files of its own. */
export class Catalogue {
  readonly #classes = new Map<string, ClassModel>();
  readonly #members = new Map<string, Effect>();
  /** The names of members, without their classes, by what they do. */
  readonly #names = { lease: new Set<string>(), outside: new Set<string>() };
  /** The modules of the workspace's own models. */
  readonly #modules: ReadonlySet<string>;

  /** What `models` say of a name counts more than what the built-in ones say, and a later one more than an earlier. */
  constructor(models: readonly LibraryModel[] = []) {
    for (const { module, classes, members } of [...builtIn, ...models]) {
      for (const [name, model] of Object.entries(classes)) this.#classes.set(`${module}/${name}`, model);
      for (const [name, effect] of Object.entries(members)) {
        this.#members.set(`${module}/${name}`, effect);
        const own = name.slice(name.lastIndexOf(".") + 1);
        if (effect.effect === "lease" || effect.effect === "outside") this.#names[effect.effect].add(own);
      }
    }
    this.#modules = new Set(models.map(({ module }) => module));
  }

  /** What `module/Class` is, or undefined where the catalogue does not know it. */
  classModel(key: string): ClassModel | undefined {
    return this.#classes.get(key);
  }

  /** What calling, making or reading `module/Class.member` does, or undefined. */
  effectOf(key: string): Effect | undefined {
    return this.#members.get(key);
  }

  /** Whether a member of this name may do that: to ask about every property would be dear. */
  mayBe(effect: "lease" | "outside", name: string): boolean {
    return this.#names[effect].has(name);
  }

  /** Whether a model speaks of what this source file of the workspace declares. */
  describes(file: string): boolean {
    return this.#modules.has(file);
  }

  /** Whether a text has anything in it that the catalogue may know. */
  isEvident(file: string, text: string): boolean {
    return OWN_EVIDENCE.test(text) || this.speaks(text) || this.describes(file);
  }

  /** Whether a text has anything in it that matters for who imports the file it is in. */
  speaks(text: string): boolean {
    if (EVIDENCE.test(text)) return true;
    for (const module of this.#modules) if (module === "global" || text.includes(module)) return true;
    return false;
  }
}

export {
  type CloneFate,
  type CloningCall,
  cloneFates,
  cloningCalls,
  type ProcessCall,
  processCalls,
  processTasks,
} from "./cloning.js";
export type { ClassModel, Effect, Hearing, LibraryModel, Operand } from "./format.js";
export { classShape, effectShapes, modelParts, type Property, type Shape, toldWords } from "./shapes.js";
export { engines, isRefusedSomewhere } from "./unsupported.js";
