// Generated from the names of the files in this folder; `UPDATE=1 npm test` writes it anew.
import { rule as rule1 } from "./captured-variable-in-task.js";
import { rule as rule2 } from "./lock-not-released.js";
import { rule as rule3 } from "./lock-order-inversion.js";
import { rule as rule4 } from "./lock-reacquired.js";
import { rule as rule5 } from "./non-atomic-shared-update.js";
import type { Rule } from "./rule.js";
import { rule as rule6 } from "./unguarded-shared-mutation.js";

/** Every rule by its id. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ["captured-variable-in-task", rule1],
  ["lock-not-released", rule2],
  ["lock-order-inversion", rule3],
  ["lock-reacquired", rule4],
  ["non-atomic-shared-update", rule5],
  ["unguarded-shared-mutation", rule6],
]);
