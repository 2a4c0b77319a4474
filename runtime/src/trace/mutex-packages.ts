/**
 * Finds the copies of async-mutex that a program loads, without a change to it. What is required passes `Module._load`; what
 * is imported passes a hook where Node.js has one that runs in the same thread. Before, the copy that the program's main
 * file would import is loaded ahead: others are not seen.
 */
import { existsSync, readFileSync } from "node:fs";
import * as modules from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type MutexPackage, recordMutexes } from "./plain-mutexes.js";

const NAME = "async-mutex";
/** By which the code that is put behind an imported copy finds this thread's recorder. */
const SEEN = Symbol.for("heddle.trace.mutexes.1");

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;
interface LoadedSource {
  readonly source?: unknown;
}
type NextLoad = (url: string, context: unknown) => LoadedSource;

/** Of `node:module`, what not all versions have or tell of. */
interface Modules {
  readonly Module: { _load: Load };
  readonly registerHooks?: (hooks: { load(url: string, context: unknown, next: NextLoad): LoadedSource }) => unknown;
}

/** From here on the copies that this thread loads are recorded. Resolves when that is so for what it imports. */
export async function recordMutexPackages(): Promise<void> {
  const { Module, registerHooks } = modules as unknown as Modules;
  const { _load: load } = Module;
  Module._load = function (request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    if (request === NAME || requiredFile.test(request)) recordMutexes(loaded as MutexPackage);
    return loaded;
  };
  if (registerHooks === undefined) return loadAhead();
  (globalThis as { [SEEN]?: typeof recordMutexes })[SEEN] = recordMutexes;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      return importedFile.test(url) ? { ...loaded, source: `${textOf(loaded.source)}\n${telling}` } : loaded;
    },
  });
}

const requiredFile = /[\\/]async-mutex[\\/]lib[\\/]index\.js$/;
const importedFile = /\/async-mutex\/index\.mjs$/;
/** On a line of its own, so that all places stay what they are. */
const telling = `globalThis[Symbol.for("heddle.trace.mutexes.1")]?.({ Semaphore, Mutex });\n`;

function textOf(source: unknown): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source as Uint8Array);
}

/** It only defines classes, so nothing else changes by that. */
async function loadAhead(): Promise<void> {
  const file = importedBy(process.argv[1]);
  if (file === undefined) return;
  try {
    recordMutexes((await import(pathToFileURL(file).href)) as MutexPackage);
  } catch {
    // The program, which imports it as well, says it better.
  }
}

/** The file that an import in the script leads to. Undefined: there is none. */
function importedBy(script: string | undefined): string | undefined {
  try {
    const required = modules.createRequire(script ?? "").resolve(NAME);
    for (let folder = dirname(required); folder !== dirname(folder); folder = dirname(folder)) {
      const manifest = join(folder, "package.json");
      if (!existsSync(manifest)) continue;
      const { name, exports } = JSON.parse(readFileSync(manifest, "utf8")) as PackageManifest;
      if (name !== NAME) continue;
      const target = exports?.["."]?.import;
      return typeof target === "string" ? join(folder, target) : undefined;
    }
  } catch {
    // The program has none.
  }
  return undefined;
}

interface PackageManifest {
  readonly name?: string;
  readonly exports?: { readonly "."?: { readonly import?: unknown } };
}
