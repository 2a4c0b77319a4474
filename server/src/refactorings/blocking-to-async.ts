import type { Edit } from "../finding.js";
import { editOf } from "../first-accepted.js";
import { methodCallAt } from "../source/method-call.js";
import { callPointedAt } from "../source/pointed-at.js";
import type { Refactoring } from "./refactoring.js";

/** A call that stops its thread becomes the promise of the same, where the code may wait for one. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer({ bench }, at) {
    const { file } = at;
    const tree = bench.tree(file);
    const place = tree && callPointedAt(tree, at);
    const call = place && tree && methodCallAt(tree, place.start, place.end);
    if (!place || !call?.mayAwait || call.isAwaited) return undefined;
    const form = bench.asyncFormAt({ file, ...place });
    if (form === undefined) return undefined;
    const awaits = call.needsParentheses ? "(await " : "await ";
    const edits: Edit[] = [
      editOf(file, { start: call.start, end: call.start, newText: awaits }),
      editOf(file, { ...call.name, newText: form }),
      ...(call.needsParentheses ? [editOf(file, { start: call.end, end: call.end, newText: ")" })] : []),
    ];
    return {
      title: `Wait by a promise: \`await …${form}\``,
      edits: () => (bench.keepsSound(edits) ? edits : undefined),
    };
  },
};
