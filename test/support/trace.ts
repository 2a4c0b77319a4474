import { fileURLToPath } from "node:url";
import { heddle, type Outcome } from "./heddle.js";
import { repositoryRoot } from "./repository.js";

interface Site {
  readonly file: string;
  readonly line: number;
  readonly character: number;
}

/** What `heddle trace report --format json` prints. */
export interface TraceReport {
  readonly version: number;
  readonly trace: {
    readonly startedAt: string;
    readonly pid: number;
    readonly milliseconds: number;
    readonly events: number;
    readonly dropped: number;
    readonly ended: string;
    readonly exitCode: number | null;
    readonly unrecordedProcessesSince: number | null;
    readonly leftOut: number;
  };
  /** The program itself first. */
  readonly processes: readonly {
    readonly id: number;
    readonly pid: number;
    readonly parent: number;
    readonly name: string;
    readonly began: number;
    readonly ended: number | null;
    readonly exitCode: number | null;
    readonly signal: string | null;
  }[];
  readonly threads: readonly {
    readonly id: number;
    readonly process: number;
    readonly name: string;
    /** Milliseconds since the start. */
    readonly began: number;
    readonly ended: number | null;
    readonly waitedOtherwise: number;
    readonly events: number;
    readonly dropped: number;
  }[];
  readonly locks: readonly { readonly name: string; readonly acquisitions: number; readonly waits: number }[];
  readonly contention: readonly {
    readonly lock: string;
    readonly site: Site | null;
    readonly waits: number;
    readonly total: number;
    readonly longest: number;
    readonly holder: string | null;
  }[];
  readonly endedWaits: readonly {
    readonly thread: string;
    readonly endedBy: string;
    readonly waitedFor: string;
    readonly kind: string;
  }[];
  readonly deadlocks: readonly {
    readonly parties: readonly {
      readonly thread: string;
      readonly waitsFor: string;
      readonly kind: string;
      readonly site: Site | null;
      readonly owner: string;
      readonly ownerSite: Site | null;
    }[];
  }[];
  readonly messages: readonly {
    readonly channel: string | null;
    readonly from: string | null;
    readonly to: string | null;
    readonly sent: number;
    readonly received: number;
    readonly longest: number | null;
  }[];
  readonly waiting: readonly {
    readonly thread: string;
    readonly waitsFor: string;
    readonly kind: string;
    readonly site: Site | null;
    readonly milliseconds: number;
    readonly isTask: boolean;
  }[];
  readonly findings: readonly { readonly ruleId: string | null }[];
  readonly problem: string | null;
}

/** The compiled form of a program below test/. */
export function program(name: string): string {
  return fileURLToPath(new URL(`out/test/${name}.js`, repositoryRoot));
}

export async function reportOf(file: string, cwd: string): Promise<TraceReport & { readonly outcome: Outcome }> {
  const outcome = await heddle(["trace", "report", "--format", "json", file], { cwd });
  if (outcome.code !== 0) throw new Error(`heddle trace report ended with ${outcome.code}: ${outcome.stderr}`);
  return { ...(JSON.parse(outcome.stdout) as TraceReport), outcome };
}
