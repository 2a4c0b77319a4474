/**
 * Starts the engine, which lies beside this file in one large script, with what V8 compiled of it in an earlier run:
 * compiling it again is half of the time that `heddle --version` takes.
 */
import { readFileSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { defaultCacheFolder } from "./cache-folder.js";
import { CompiledCode } from "./compiled-code.js";
import { v8Flag } from "./v8-flags.js";

/** Commands that run most of the engine: what they compile is of use to the others, and hardly the other way round. */
const thorough: readonly (string | undefined)[] = ["check", "explain", "lsp"];

/** A CommonJS module before it has run. */
type Body = (
  this: unknown,
  exports: unknown,
  require: NodeJS.Require,
  module: unknown,
  file: string,
  folder: string,
) => void;

// What is kept of compiled code belongs to V8's flags, so that every command has to have the same.
if (v8Flag !== undefined) setFlagsFromString(v8Flag);

const file = join(__dirname, "engine.cjs");
const own = { exports: {} };
bodyOf(file).call(own.exports, own.exports, createRequire(file), own, file, __dirname);

function bodyOf(program: string): Body {
  const kept = keptFor(program);
  const cachedData = kept?.read();
  // The bundler writes nothing but ASCII, which is cheaper to read if one says so.
  const text = nodeModule.wrap(readFileSync(program, "latin1"));
  const script = new Script(text, { filename: program, ...(cachedData ? { cachedData } : {}) });
  if (kept && (cachedData === undefined || script.cachedDataRejected) && mayKeep(process.argv.slice(2))) {
    // At the end, because by then it is known which functions are of use.
    process.once("exit", () => kept.write(() => script.createCachedData()));
  }
  return script.runInThisContext();
}

/** The variable is Node's own, for who does not want compiled code on the disk. */
function keptFor(program: string): CompiledCode | undefined {
  const folder = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : defaultCacheFolder();
  return folder === undefined ? undefined : new CompiledCode(join(folder, "code"), program);
}

function mayKeep(args: readonly string[]): boolean {
  return thorough.includes(args[0]) && !args.includes("--no-cache");
}
