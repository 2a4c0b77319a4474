/** What follows from who imports whom: on which ways one file loads another, and in which circles. */
import type { Import } from "./imports.js";

/** How one file comes to load another, as `a -> b -> c`; undefined: it does not. Types load nothing. */
export function wayTo(edges: readonly Import[], from: string, to: string): string | undefined {
  const ways = new Map([[from, from]]);
  for (const [file, way] of ways) {
    for (const each of edges) {
      if (each.from !== file || each.to === undefined || each.isTypeOnly || ways.has(each.to)) continue;
      ways.set(each.to, `${way} -> ${each.to}`);
    }
  }
  return ways.get(to);
}

/** Every cycle that a depth-first walk closes, as `a -> b -> a`. Types count: they tie files together as well. */
export function cycles(edges: readonly Import[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) if (to !== undefined) next.set(from, [...(next.get(from) ?? []), to]);
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return found;
}
