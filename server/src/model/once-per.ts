/** The same function, which computes its answer once for each object: for objects that never change. */
export function oncePer<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    let kept = known.get(key);
    if (!kept) {
      kept = { value: compute(key) };
      known.set(key, kept);
    }
    return kept.value;
  };
}

/** Computes when it is first wanted, and keeps the result. */
export function once<Result>(compute: () => Result): () => Result {
  let known: Result | undefined;
  return () => {
    known ??= compute();
    return known;
  };
}
