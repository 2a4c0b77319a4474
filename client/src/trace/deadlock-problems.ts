import { nameOf, waitsFor } from "../../shared/names.js";
import type { Deadlock, DeadlockParty, Snapshot } from "../../shared/snapshot.js";
import { threadText } from "./phrases.js";
import { isInFile, type SeenProblem } from "./seen-problem.js";
import { seenRules } from "./seen-rules.js";

/** What there is to say about the deadlocks of a run: at each wait, with the other places beside it. */
export function deadlockProblems(snapshot: Snapshot): readonly SeenProblem[] {
  return snapshot.deadlocks.flatMap((deadlock) =>
    deadlock.parties.flatMap((party) => {
      if (!isInFile(party.place)) return [];
      const story = `${partyText(party, snapshot)}${othersText(deadlock, party, snapshot)}.`;
      return {
        place: party.place,
        message: `Deadlock, seen in a run: ${story}`,
        note: `Also seen in a run, as a deadlock: ${story}`,
        severity: "error" as const,
        id: idOf(deadlock),
        related: relatedTo(deadlock, party, snapshot),
      };
    }),
  );
}

/** Who waits for whom, in one sentence without its full stop. */
export function deadlockText({ parties }: Deadlock, snapshot: Snapshot): string {
  return parties.map((party) => partyText(party, snapshot)).join("; ");
}

function partyText({ thread, waitsFor: object, owner, isTask }: DeadlockParty, snapshot: Snapshot): string {
  const name = threadText(thread, snapshot);
  const wait = `${name} ${waitsFor(object)}`;
  if (isTask === true) return `a task of ${wait}, which a task of ${threadText(owner, snapshot)} holds`;
  if (object.kind === "thread") return wait;
  return `${wait}, which ${thread === owner ? "it holds itself" : `${threadText(owner, snapshot)} holds`}`;
}

function othersText({ parties }: Deadlock, party: DeadlockParty, snapshot: Snapshot): string {
  return parties
    .filter((other) => other !== party)
    .map((other) => `; ${partyText(other, snapshot)}`)
    .join("");
}

/** Where what each party waits for was taken, and where the others wait. */
function relatedTo({ parties }: Deadlock, party: DeadlockParty, snapshot: Snapshot): SeenProblem["related"] {
  const taken = parties.flatMap(({ owner, waitsFor, ownerPlace }) =>
    isInFile(ownerPlace)
      ? [{ place: ownerPlace, message: `${threadText(owner, snapshot)} took ${nameOf(waitsFor)} here` }]
      : [],
  );
  const waits = parties.flatMap((other) =>
    other === party || !isInFile(other.place)
      ? []
      : [
          {
            place: other.place,
            message: `${threadText(other.thread, snapshot)} waits for ${nameOf(other.waitsFor)} here`,
          },
        ],
  );
  return [...taken, ...waits];
}

/** The rule that finds the same in the source, where there is one. */
function idOf({ parties }: Deadlock): string {
  if (parties.some(({ waitsFor }) => !/^(?:r|rw)?lock$/.test(waitsFor.kind))) return "deadlock";
  return parties.length === 1 ? seenRules.ownLock : seenRules.lockCycle;
}
