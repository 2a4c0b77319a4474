import * as vscode from "vscode";
import {
  type SeenAnswer,
  type SeenParams,
  type SeenVerdict,
  type StaticFinding,
  seenRequest,
} from "../../../server/src/protocol.js";
import type { Finding, RunFindings } from "../../shared/report.js";
import type { Place } from "../../shared/snapshot.js";
import type { Server } from "../server.js";
import type { StaticFindings } from "../static-findings.js";
import { deadlockProblems } from "./deadlock-problems.js";
import { findingProblem } from "./finding-problems.js";
import { MovedLines } from "./moved-lines.js";
import type { SeenProblem } from "./seen-problem.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";

/** Milliseconds: an edit changes what is found in several files, one after the other. */
const PAUSE = 200;

/** Something that a run showed, and what the server says of it. */
export interface JudgedProblem {
  readonly problem: SeenProblem;
  readonly verdict: SeenVerdict;
}

interface Judged {
  readonly problems: readonly JudgedProblem[];
  readonly found: RunFindings | undefined;
}

const unknown: SeenVerdict = { level: undefined, isSuppressed: false, known: undefined };

/** What the traces that are read show, as the language server and the user's comments and settings judge it. */
export class JudgedRuns implements vscode.Disposable {
  readonly #server: Server;
  readonly #runs = new Map<Timeline, JudgedRun>();
  readonly #changed = new vscode.EventEmitter<Timeline>();
  /** Something else is to be said of a trace, or it is closed. */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;

  constructor(server: Server, timelines: Timelines, findings: StaticFindings) {
    this.#server = server;
    const all = (): void => {
      for (const run of this.#runs.values()) run.judgeSoon();
    };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      timelines.onDidOpen((timeline) => this.#open(timeline)),
      timelines.onDidClose((timeline) => this.#close(timeline)),
      findings.onDidChange(all),
      server.onDidChangeState(all),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("heddle")) all();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        for (const run of this.#runs.values()) if (run.names(document.uri.fsPath)) run.judgeSoon();
      }),
    );
  }

  /** What is to be shown of a trace now. */
  of(timeline: Timeline): Judged {
    return this.#runs.get(timeline)?.judged ?? { problems: [], found: undefined };
  }

  dispose(): void {
    for (const run of this.#runs.values()) run.dispose();
    this.#subscriptions.dispose();
  }

  #open(timeline: Timeline): void {
    const ask = async (params: SeenParams): Promise<SeenAnswer | undefined> => {
      // Those who wait for the server hear of it once it is there, and nobody is told of one defect twice meanwhile.
      if (this.#server.state.kind === "starting") return undefined;
      const answer = await this.#server.request<SeenAnswer>(seenRequest, params);
      return answer?.verdicts.length === params.findings.length
        ? answer
        : { verdicts: params.findings.map(() => unknown), unseen: [] };
    };
    this.#runs.set(timeline, new JudgedRun(timeline, ask, () => this.#changed.fire(timeline)));
  }

  #close(timeline: Timeline): void {
    this.#runs.get(timeline)?.dispose();
    this.#runs.delete(timeline);
    this.#changed.fire(timeline);
  }
}

class JudgedRun implements vscode.Disposable {
  readonly #timeline: Timeline;
  readonly #ask: (params: SeenParams) => Promise<SeenAnswer | undefined>;
  readonly #changed: () => void;
  readonly #moved = new MovedLines();
  readonly #answers: vscode.Disposable;
  #judged: Judged = { problems: [], found: undefined };
  #files: ReadonlySet<string> = new Set();
  #told = "";
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isOld = false;
  #isDisposed = false;

  constructor(timeline: Timeline, ask: (params: SeenParams) => Promise<SeenAnswer | undefined>, changed: () => void) {
    this.#timeline = timeline;
    this.#ask = ask;
    this.#changed = changed;
    let deadlocks = 0;
    this.#answers = timeline.onDidAnswer((answer) => {
      // Snapshots come thirty times a second and deadlocks hardly ever.
      if (answer.type === "snapshot" && answer.snapshot.deadlocks.length !== deadlocks) {
        deadlocks = answer.snapshot.deadlocks.length;
        void this.#judge();
      } else if (answer.type === "findings") void this.#judge();
    });
  }

  get judged(): Judged {
    return this.#judged;
  }

  /** Whether something was found in a file, so that a comment there may be about it. */
  names(file: string): boolean {
    return this.#files.has(file);
  }

  judgeSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#judge(), PAUSE);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#answers.dispose();
    this.#moved.dispose();
  }

  async #judge(): Promise<void> {
    this.#isOld = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isOld && !this.#isDisposed) {
        this.#isOld = false;
        await this.#judgeOnce();
      }
    } finally {
      this.#isAsking = false;
    }
  }

  async #judgeOnce(): Promise<void> {
    const { snapshot, found } = this.#timeline;
    const deadlocks = snapshot === undefined ? [] : deadlockProblems(snapshot);
    const told = (found?.findings ?? []).map((finding) => ({ finding, problem: findingProblem(finding) }));
    const problems = [...deadlocks, ...told.flatMap(({ problem }) => problem ?? [])].map((each) => this.#now(each));
    this.#files = new Set(
      problems.flatMap(({ place, related }) => [place, ...related.map((each) => each.place)]).map(({ file }) => file),
    );
    const answer = await this.#ask({
      findings: problems.map(({ id, place, related }) => ({
        id,
        places: [place, ...related.map((each) => each.place)],
      })),
      files: found?.files ?? [],
      lockOrder: found?.lockOrder,
    });
    if (answer === undefined || this.#isDisposed) return;
    const judged = problems.map((problem, i) => ({ problem, verdict: answer.verdicts[i] ?? unknown }));
    let next = deadlocks.length;
    const findings = told.map(({ finding, problem }) => {
      const verdict = problem === undefined ? unknown : (judged[next++]?.verdict ?? unknown);
      return { finding, verdict };
    });
    const kept = findings.filter(({ verdict }) => isWanted(verdict));
    this.#judged = {
      problems: judged.filter(({ verdict }) => isWanted(verdict)),
      found: found && {
        ...found,
        findings: [
          ...kept.map(({ finding, verdict }) => ({ ...finding, isInSource: verdict.known !== undefined })),
          ...answer.unseen.map(asFinding),
        ],
        suppressed: findings.length - kept.length,
        lockOrder: answer.lockOrder ?? found.lockOrder,
      },
    };
    const text = JSON.stringify(this.#judged);
    if (text === this.#told) return;
    this.#told = text;
    this.#changed();
  }

  #now(problem: SeenProblem): SeenProblem {
    const now = (place: Place): Place => this.#moved.now(place);
    const related = problem.related.map(({ place, message }) => ({ place: now(place), message }));
    return { ...problem, place: now(problem.place), related };
  }
}

function isWanted({ isSuppressed, level }: SeenVerdict): boolean {
  return !isSuppressed && level !== "off";
}

function asFinding({ ruleId, message, places }: StaticFinding): Finding {
  return {
    ...{ id: ruleId, isRule: true, message, times: 0, isInSource: true },
    places: places.map(({ what, file, line, column }) => ({ what, place: { file, line, column } })),
  };
}
