/** Fewer signs than that of a longer text say nothing. */
const FEWEST = 4;

/**
 * The first of some texts that is not wider than `width`; if none is, the last one cut, or nothing where that would
 * leave too little of it. `measure` returns the width of a text.
 */
export function fitting(texts: readonly string[], width: number, measure: (text: string) => number): string {
  for (const text of texts) if (measure(text) <= width) return text;
  const signs = [...(texts.at(-1) ?? "")];
  let fits = 0;
  let low = FEWEST;
  let high = signs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (measure(`${signs.slice(0, middle).join("")}…`) <= width) {
      fits = middle;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return fits === 0 ? "" : `${signs.slice(0, fits).join("")}…`;
}
