import { ok } from "node:assert/strict";
import { findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

export const lockOrder: Scenario = {
  name: "the lock-order inversion shows the other path",
  async body() {
    const { document } = await open("deadlock.ts");
    const inversions = await findingsOnce(document, (found) =>
      found.some((one) => ruleOf(one) === "lock-order-inversion"),
    );
    const [inversion] = inversions.filter((one) => ruleOf(one) === "lock-order-inversion");
    ok(inversion);
    // Taken here is the second lock of one path. The first of that path and both of the other stand beside it.
    const lines = new Set(inversion.relatedInformation?.map(({ location }) => location.range.start.line));
    lines.delete(inversion.range.start.line);
    ok(lines.size >= 3, `Both paths need three more places; there were lines ${[...lines].join(", ")}.`);
  },
};
