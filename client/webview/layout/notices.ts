import type { Status } from "../../shared/messages.js";
import type { Snapshot } from "../../shared/snapshot.js";

/** What to say where there is little or nothing to see. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** It stands for the lanes rather than below them. */
  readonly isWhole: boolean;
  readonly isBad: boolean;
}

/** Undefined if the lanes speak for themselves. */
export function noticeFor(status: Status | undefined, snapshot: Snapshot | undefined): Notice | undefined {
  const threads = snapshot?.threads.length ?? 0;
  switch (status?.state) {
    case undefined:
      return whole("Opening the trace …", "");
    case "waiting":
      return whole("Waiting for the program …", status.problem ?? "What its threads do will be seen here at once.");
    case "unreadable":
      return { ...whole("This trace cannot be read", status.problem ?? "The file is damaged."), isBad: true };
    case "killed":
      if (threads === 0)
        return { ...whole("The program was killed", cause(status, "Nothing was recorded before that.")), isBad: true };
      return below("The trace has no end", cause(status, "The program was killed, or could not write any more."), true);
    case "live":
      if (threads === 0) return whole("The program runs", "No thread has used Heddle so far.");
      break;
    case "ended":
      if (threads === 0) return whole("The program has ended", `${UNUSED} ${HOW_TO_USE}`);
      break;
  }
  if (status.problem !== undefined) return below("Not everything is here", status.problem, true);
  const isQuiet = threads === 1 && (snapshot?.locks.length ?? 0) === 0 && status.events === 0;
  if (!isQuiet) return undefined;
  return status.state === "live"
    ? below("One thread so far", "It has not used a lock or started another thread with Heddle.", false)
    : below("There was one thread", `${UNUSED} ${HOW_TO_USE}`, false);
}

const UNUSED = "It used no lock and started no thread with Heddle, so there is nothing to tell.";
const HOW_TO_USE = 'Threads, locks and queues that come from "heddle" are recorded.';

function cause({ problem }: Status, otherwise: string): string {
  return problem ?? otherwise;
}

function whole(title: string, text: string): Notice {
  return { title, text, isWhole: true, isBad: false };
}

function below(title: string, text: string, isBad: boolean): Notice {
  return { title, text, isWhole: false, isBad };
}
