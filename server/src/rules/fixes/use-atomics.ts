import type { Edit } from "../../finding.js";
import type { ElementUpdate } from "../../source/updates.js";

const METHODS: Readonly<Record<ElementUpdate["operator"], string>> = {
  "+": "add",
  "-": "sub",
  "&": "and",
  "|": "or",
  "^": "xor",
};

/** The title of the fix, which names the operation: the user decides by it. */
export function useAtomicsTitle(update: ElementUpdate): string {
  return `Use \`Atomics.${METHODS[update.operator]}\``;
}

/**
 * The update of one element as one atomic operation, or undefined where that would not give the same value.
 *
 * `Atomics.add` and its kin return the value *before* the operation. That is what `v[i]++` is worth; `++v[i]` and
 * `v[i] += n` are worth the value after it, so the operation is repeated on the result, which needs an operand that
 * may be written twice.
 */
export function useAtomics(
  file: string,
  update: ElementUpdate,
  element: "number" | "bigint",
): readonly Edit[] | undefined {
  const operand = update.operand ?? (element === "bigint" ? "1n" : "1");
  const call = `Atomics.${METHODS[update.operator]}(${update.view}, ${update.index}, ${operand})`;
  const site = { file, start: update.start, end: update.end };
  if (update.result !== "after") return [{ site, newText: call }];
  if (!update.isOperandRepeatable) return undefined;
  const isSimple = /^-?[\w.$]+$/.test(operand);
  const again = `${call} ${update.operator} ${isSimple ? operand : `(${operand})`}`;
  return [{ site, newText: update.standsAlone ? again : `(${again})` }];
}
