import { Worker } from "node:worker_threads";
import type { Answer, Instruction } from "../../shared/messages.js";
import type { Comparison } from "../../shared/report.js";
import { traceTitle } from "./trace-title.js";

/** What differs between two trace files. `script` is the timelines' worker: this one reads both and ends. */
export function compareTraces(script: string, first: string, second: string): Promise<Comparison> {
  const title = traceTitle(second);
  const worker = new Worker(script, { name: "heddle comparison", execArgv: [] });
  const failed = (problem: string): Comparison => ({ title, problem, figures: [], rows: [] });
  return new Promise((resolve) => {
    worker.on("message", (answer: Answer) => {
      if (answer.type === "comparison") resolve(answer.comparison);
    });
    // A mistake of ours, or no memory.
    worker.on("error", ({ message }) => resolve(failed(`Comparing failed: ${message}`)));
    worker.on("exit", () => resolve(failed("Comparing failed: its thread ended.")));
    worker.postMessage({ type: "compare", first, second, title } satisfies Instruction);
  });
}
