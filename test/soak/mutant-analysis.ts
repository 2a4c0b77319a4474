/** The thread of the soak `mutants`: analyses each text it is sent, alone, and answers how that went. */
import { parentPort } from "node:worker_threads";
import { Analysis } from "../../server/src/analysis.js";
import { projectFor } from "./incremental.js";

export interface Verdict {
  /** What broke; absent where nothing did. */
  readonly crash?: string;
  readonly milliseconds?: number;
  readonly found?: number;
}

const { directory } = projectFor(new Map());
const file = `${directory}/mutant.ts`;
const analysis = new Analysis(projectFor(new Map([[file, ""]])));

parentPort?.on("message", (text: string) => parentPort?.postMessage(verdictOn(text)));

function verdictOn(text: string): Verdict {
  const start = performance.now();
  try {
    analysis.update([{ file, text }]);
    const snapshot = analysis.snapshot();
    const found = snapshot.findings().length;
    const [problem] = snapshot.problems;
    if (problem !== undefined) return { crash: problem };
    return { found, milliseconds: performance.now() - start };
  } catch (error) {
    return { crash: error instanceof Error ? `${error.stack}` : String(error) };
  }
}
