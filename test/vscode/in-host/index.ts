/**
 * What `@vscode/test-electron` starts inside the extension host. It is bundled before (`../run-in-host.ts`), for the
 * extension host loads it with `require`.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { activation } from "./activation.js";
import { cursor } from "./cursor.js";
import { debugSessions } from "./debug-sessions.js";
import { debuggedDeadlock } from "./debugged-deadlock.js";
import { lockOrder } from "./lock-order.js";
import { lostUpdate } from "./lost-update.js";
import { restart } from "./restart.js";
import { rulePage } from "./rule-page.js";
import { runs } from "./runs.js";
import type { Scenario } from "./scenario.js";
import { seenDeadlock } from "./seen-deadlock.js";
import { seenFindings } from "./seen-findings.js";

/** Each runs in one of two windows: these where no program finds Heddle's runtime, and the next where all of them do. */
const withoutRuntime: readonly Scenario[] = [
  activation,
  lostUpdate,
  lockOrder,
  cursor,
  rulePage,
  restart,
  runs,
  seenFindings,
];
const withRuntime: readonly Scenario[] = [activation, seenDeadlock, debugSessions, debuggedDeadlock];

/** How a scenario went. `error` is there when it failed. */
export interface Outcome {
  readonly name: string;
  readonly error?: string;
  readonly told: readonly string[];
}

export async function run(): Promise<void> {
  const outcomes: Outcome[] = [];
  const scenarios = process.env.HEDDLE_HAS_RUNTIME === "yes" ? withRuntime : withoutRuntime;
  for (const { name, body } of scenarios) {
    const told: string[] = [];
    try {
      await body((what) => told.push(what));
      outcomes.push({ name, told });
    } catch (error) {
      outcomes.push({ name, told, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  // The driver believes nothing but this file: a workbench whose extension host died reports success.
  writeFileSync(process.env.HEDDLE_OUTCOMES ?? "", JSON.stringify(outcomes));
  if (outcomes.some(({ error }) => error !== undefined)) throw new Error("Some scenarios failed.");
}
