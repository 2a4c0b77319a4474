/** A trace file that is being read: what it says so far, how the recording is, and what moment it is there. */
import process from "node:process";
import { TraceDecoder, TraceFormatError } from "../../runtime/src/trace/decode.js";
import type { Status } from "../shared/messages.js";
import type { Finding, LockOrder } from "../shared/report.js";
import type { Place } from "../shared/snapshot.js";
import { FindingPass } from "./finding-pass.js";
import { Tail } from "./tail.js";
import { Timeline } from "./timeline.js";

/** Recorders write at least twice a second while they live. */
const SILENCE = 3000;

export class Reading {
  readonly #file: string;
  readonly #tail: Tail;
  #timeline = new Timeline();
  #decoder = new TraceDecoder(this.#timeline);
  #pass: FindingPass;
  /** Why it is no trace. */
  #refusal: string | undefined;
  #isRunning: boolean | undefined;
  #isSettled = false;

  /** `changed` is called when there is something new, of the file or of what is known about it. */
  constructor(file: string, changed: () => void) {
    this.#file = file;
    this.#pass = new FindingPass(file);
    this.#tail = new Tail(file, {
      read: (piece) => {
        this.#read(piece);
        changed();
      },
      restarted: () => {
        this.#restart();
        changed();
      },
      caughtUp: changed,
    });
  }

  get timeline(): Timeline {
    return this.#timeline;
  }

  close(): void {
    this.#tail.close();
    this.#pass.close();
  }

  /** Whether more may come; undefined when nobody knows. What a program wrote last may not have been read when it ends. */
  runs(isRunning: boolean | undefined): void {
    this.#isRunning = isRunning;
    if (isRunning === false) this.#tail.lookAgain();
  }

  pause(thread: number, isPaused: boolean, place: Place | undefined): void {
    this.#timeline.pause(thread, isPaused, this.#elapsed(), place);
  }

  /** All that is there was read: the picture comes first, and then what went wrong. */
  get mayBeSearched(): boolean {
    return this.#tail.isCaughtUp;
  }

  /** Looks for findings in a little more of what was read. */
  search(): void {
    if (this.isSearched) return;
    try {
      this.#pass.step(this.#tail.position);
    } catch (error) {
      // The file went away, or is another one: the tail says so, or begins anew.
      if ((error as NodeJS.ErrnoException).code === undefined && !(error instanceof TraceFormatError)) throw error;
      this.#pass.close();
    }
  }

  /** Whether all that was read was looked through for findings. */
  get isSearched(): boolean {
    const isUnreadable = this.#refusal !== undefined || this.#tail.error !== undefined;
    return isUnreadable || this.#pass.isThrough(this.#tail.position);
  }

  /** What was found in what was looked through. */
  findings(): readonly Finding[] {
    const state = this.#state();
    return this.#pass.found(this.#timeline.duration, state === "ended" || state === "killed");
  }

  /** Which locks were taken under which others. */
  lockOrder(): LockOrder {
    return this.#pass.lockOrder();
  }

  /** The files that the trace names. */
  files(): readonly string[] {
    return this.#pass.files();
  }

  /** The moment up to which there is something about: while the program lives, this one. */
  get now(): number {
    const { duration } = this.#timeline;
    if (this.#state() !== "live") return duration;
    // Without word from who started the program, it may be on another machine, whose clock says nothing here.
    const latest = this.#isRunning === true ? Number.POSITIVE_INFINITY : duration + SILENCE * 1e6;
    return Math.max(duration, Math.min(latest, this.#elapsed()));
  }

  /** Whether the program was killed is known only after the whole file was read. */
  status(): Status {
    const state = this.#state();
    if (state === "killed" && !this.#isSettled) {
      this.#isSettled = true;
      this.#timeline.settle();
    }
    this.#tail.isEager = state === "waiting" || state === "live";
    const { began, ended, events, dropped, leftOut } = this.#timeline;
    return {
      state,
      exitCode: state === "ended" ? ended?.exitCode : undefined,
      startedAt: began?.startedAt,
      pid: began?.pid,
      duration: this.now,
      events,
      dropped,
      ...(leftOut === 0 ? {} : { leftOut }),
      problem: this.#problem(state),
    };
  }

  #read(piece: Uint8Array): void {
    if (this.#refusal !== undefined) return;
    try {
      this.#decoder.push(piece);
    } catch (error) {
      if (!(error instanceof TraceFormatError)) throw error;
      this.#refusal = error.message;
    }
    this.#isSettled = false;
  }

  #restart(): void {
    this.#timeline = new Timeline();
    this.#decoder = new TraceDecoder(this.#timeline);
    this.#pass.close();
    this.#pass = new FindingPass(this.#file);
    this.#refusal = undefined;
    this.#isSettled = false;
  }

  #state(): Status["state"] {
    const { began, ended } = this.#timeline;
    if (this.#refusal !== undefined || this.#tail.error !== undefined) return "unreadable";
    if (ended !== undefined) return "ended";
    const isAlive = !this.#tail.isCaughtUp || this.#isAlive();
    if (began !== undefined) return isAlive && !this.#decoder.isDamaged ? "live" : "killed";
    return isAlive || (this.#isRunning === undefined && this.#tail.changedAt === 0) ? "waiting" : "unreadable";
  }

  #isAlive(): boolean {
    if (this.#isRunning !== undefined) return this.#isRunning;
    const pid = this.#timeline.began?.pid;
    const isSilent = Date.now() - this.#tail.changedAt > SILENCE;
    return !isSilent && (pid === undefined || isProcess(pid));
  }

  #problem(state: Status["state"]): string | undefined {
    const file = this.#file;
    if (this.#tail.error !== undefined) return `${file} cannot be read: ${this.#tail.error}`;
    if (this.#refusal !== undefined) {
      return `${file} cannot be shown: ${this.#refusal}. Record the program again with Run and Trace or "heddle run --trace".`;
    }
    if (state === "unreadable") {
      const what = this.#tail.changedAt === 0 ? `There is no ${file}` : `${file} is empty`;
      return `${what}: the program ended before its recording began. Does it run in a terminal?`;
    }
    if (state !== "killed" && !this.#decoder.isDamaged) return this.#leftOut();
    const { problem } = this.#decoder;
    const end = `${file} has no end: the program was killed, and what it did in its last milliseconds may be missing`;
    return problem === undefined ? `${end}.` : `${end}; ${problem}.`;
  }

  /** What of several processes is not in the trace, although that goes on to the end. */
  #leftOut(): string | undefined {
    const { processes, unrecordedSince } = this.#timeline;
    if (unrecordedSince === undefined) return undefined;
    return `The program started more processes than are recorded: of ${processes.size} it is shown what they did.`;
  }

  /** Since the start of the trace, on the clock that all processes of a machine share. */
  #elapsed(): number {
    const { began, duration } = this.#timeline;
    return began === undefined ? duration : Number(process.hrtime.bigint()) - began.origin;
  }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There is one, and it is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
