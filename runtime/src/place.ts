/** Places in the user's source, found from the stack. */
import { host } from "#host";

/** This library's folder, as stack frames name it. */
const HERE = bare(host.ownAddress);

function bare(url: string): string {
  return url.replace(/^file:\/\//, "");
}

/** Whether a file, as stack frames name it, is this library's. */
export function isOurs(file: string): boolean {
  return bare(file).startsWith(HERE);
}

/** Frames of this library between its caller and here, at most. */
const DEPTH = 16;

/** Files that are taken for no place of the program's either. */
let passedOver: RegExp | undefined;

/** From here on, places of callers are looked for outside of these files too, as stack frames name them. */
export function passOver(files: RegExp): void {
  passedOver = files;
}

/**
 * The first frame outside this library, as `file:line:column`; undefined when there is none. Which frame it is, the raw
 * call sites tell; what is reported is that frame of the formatted stack, where source maps have been applied.
 */
export function placeOfCaller(): string | undefined {
  const raw = rawFrame();
  if (raw === undefined) return undefined;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  const frames = (new Error().stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  Error.stackTraceLimit = stackTraceLimit;
  // Both stacks begin a frame apart: `rawFrame` is in the first only.
  const found = /\((.+:\d+:\d+)\)$|at (?:async )?(.+:\d+:\d+)$/.exec(frames[raw.index - 1] ?? "");
  return found?.[1] ?? found?.[2];
}

/** A text that is the same for the same place, at a fraction of the price: where source maps have not been applied. */
export function keyOfCaller(): string | undefined {
  return rawFrame()?.key;
}

interface RawFrame {
  readonly index: number;
  readonly key: string;
}

function rawFrame(): RawFrame | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = firstOutside;
  Error.stackTraceLimit = DEPTH;
  const found = new Error().stack as unknown;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return found as RawFrame | undefined;
}

/** What has no file is a function of the language, which somebody called. */
function isOutside(file: string): boolean {
  return file !== "" && !isOurs(file) && passedOver?.test(file) !== true;
}

function firstOutside(_: Error, sites: NodeJS.CallSite[]): RawFrame | undefined {
  const index = sites.findIndex((site) => isOutside(site.getFileName() ?? ""));
  const site = sites[index];
  // Where this library calls itself, as in a pool's idle worker, Node.js is all that is left.
  if (site === undefined || (site.getFileName() ?? "node:").startsWith("node:")) return undefined;
  return { index, key: `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}` };
}
