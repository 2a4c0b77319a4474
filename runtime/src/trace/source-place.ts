import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in the source, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where compiled files came from; undefined for files that were not compiled. */
const maps = new Map<string, SourceMap | undefined>();

/** Reads `file:line:column`, and follows the source map of a compiled file unless the runtime has done so. */
export function sourcePlace(text: string): Place | undefined {
  const found = /^(.+):(\d+):(\d+)$/.exec(text);
  if (found === null) return undefined;
  const [, written = "", line, column] = found;
  const place = { file: pathOf(written), line: Number(line), column: Number(column) };
  return original(place) ?? place;
}

function pathOf(written: string): string {
  return written.startsWith("file:") ? fileURLToPath(written) : written;
}

function original(place: Place): Place | undefined {
  if (!/\.[cm]?js$/.test(place.file)) return undefined;
  if (!maps.has(place.file)) maps.set(place.file, mapOf(place.file));
  const entry = maps.get(place.file)?.findEntry(place.line - 1, place.column - 1);
  if (entry === undefined || !("originalSource" in entry)) return undefined;
  const source = pathOf(entry.originalSource);
  return {
    file: resolve(dirname(place.file), source),
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  };
}

/** A map that cannot be read is none: the compiled place is right as well. */
function mapOf(file: string): SourceMap | undefined {
  try {
    const address = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(file, "utf8"))?.[1];
    if (address === undefined) return undefined;
    const inline = /^data:application\/json[^,]*;base64,(.*)$/.exec(address)?.[1];
    const json =
      inline === undefined
        ? readFileSync(resolve(dirname(file), decodeURIComponent(address)), "utf8")
        : Buffer.from(inline, "base64").toString("utf8");
    return new SourceMap(JSON.parse(json));
  } catch {
    return undefined;
  }
}
