/** The modules that a module loads. */
type Loads = (file: string) => readonly string[];

/** Whether one program has both modules: one of them, or a third one, loads what is left of the two. */
export function areLoadedTogether(one: string, other: string, modules: Iterable<string>, loads: Loads): boolean {
  if (one === other) return true;
  for (const root of [one, other, ...modules]) {
    const loaded = loadedFrom(root, loads);
    if (loaded.has(one) && loaded.has(other)) return true;
  }
  return false;
}

function loadedFrom(root: string, loads: Loads): ReadonlySet<string> {
  const loaded = new Set([root]);
  for (const file of loaded) for (const next of loads(file)) loaded.add(next);
  return loaded;
}
