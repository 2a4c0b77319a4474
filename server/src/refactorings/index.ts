import { refactoring as blockingToAsync } from "./blocking-to-async.js";
import { refactoring as convertToUsing } from "./convert-to-using.js";
import { refactoring as documentRequirement } from "./document-requirement.js";
import { refactoring as extractSection } from "./extract-section.js";
import { refactoring as guardClass } from "./guard-class.js";
import { refactoring as inferGuardedBy } from "./infer-guarded-by.js";
import { refactoring as makeShared } from "./make-shared.js";
import type { Refactoring } from "./refactoring.js";
import { refactoring as registerTask } from "./register-task.js";

/** All of them, in the order in which they are offered. */
export const refactorings: ReadonlyMap<string, Refactoring> = new Map([
  ["extractSection", extractSection],
  ["convertToUsing", convertToUsing],
  ["guardClass", guardClass],
  ["makeShared", makeShared],
  ["inferGuardedBy", inferGuardedBy],
  ["documentRequirement", documentRequirement],
  ["registerTask", registerTask],
  ["blockingToAsync", blockingToAsync],
]);
