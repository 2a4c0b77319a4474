/** What this isolate knows of processes, once for all copies of the package in it (see isolate.ts). */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { isolate } from "../isolate.js";
import { Helper } from "./helper.js";

/** What a child process is told about itself. */
export interface ProcessIdentity {
  readonly name: string;
  readonly daemon: boolean;
  /** What the automatic names of its own children begin with. */
  readonly path: string;
  /** Undefined in a program that no Process of another one started. */
  readonly parent: { readonly name: string; readonly pid: number } | undefined;
}

interface OwnProcesses {
  helper: Helper | undefined;
  /** The Process class that the user's modules see. */
  processClass: unknown;
  /** The Process object of this process, of whatever class it was started as. */
  current: object | undefined;
  /** Processes started by this thread that have not ended, as far as anybody looked. */
  readonly children: Set<unknown>;
}

const IDENTITY = "heddle.process.1";
const MAIN: ProcessIdentity = { name: "MainProcess", daemon: false, path: "", parent: undefined };

isolate.processes ??= {
  helper: undefined,
  processClass: undefined,
  current: undefined,
  children: new Set(),
} satisfies OwnProcesses;

export const ownProcesses = isolate.processes as OwnProcesses;

/** This thread's helper, started on first use. `isChild`: it takes what this process is to do from its parent. */
export function helper(isChild = false): Helper {
  ownProcesses.helper ??= new Helper(isChild);
  return ownProcesses.helper;
}

/** Who this process is, in all its threads. */
export function identity(): ProcessIdentity {
  return (getEnvironmentData(IDENTITY) as ProcessIdentity | undefined) ?? MAIN;
}

export function setIdentity(told: ProcessIdentity): void {
  setEnvironmentData(IDENTITY, { ...told });
}
