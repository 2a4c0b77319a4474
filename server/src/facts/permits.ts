import type { Permit } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import { type Path, pathKey } from "../model/path.js";
import { type Site, siteKey } from "../source/site.js";
import { solve } from "./dataflow.js";

/** A permit that a function gives back on some ways only, or gives back without having one. */
export interface PermitFault {
  readonly fault: "kept" | "not got" | "given twice";
  readonly name: string;
  readonly of: Path;
  /** `kept`: where it was taken; else where it is given back. */
  readonly site: Site;
  /** `kept`: where the function ends with it; `not got`: where it was asked for; `given twice`: the first time. */
  readonly other: Site;
}

/** What one way through the function has done with permits of one semaphore. */
interface Way {
  /** Where those were taken that the function has. */
  readonly taken: readonly Site[];
  /** Where one was asked for last and not got. */
  readonly refused: Site | undefined;
  /** Where one was given back last. */
  readonly given: Site | undefined;
  /** What conditions were found to be. */
  readonly known: ReadonlyMap<string, boolean>;
}

type State = ReadonlyMap<string, Way>;

/** Ways that are told apart; a function with more is left alone. */
const MAX_WAYS = 32;
const MAX_TAKEN = 4;
const TOO_MANY: State = new Map();

/** The faults with the semaphores of which the function both takes and gives back permits. */
export function permitFaults(model: FunctionModel): readonly PermitFault[] {
  const permits = model.nodes.flatMap(({ event }) => (event.kind === "permit" ? [event] : []));
  const given = new Set(permits.filter(({ does }) => does === "give").map(({ of }) => pathKey(of)));
  const both = new Map(
    permits.filter(({ does, of }) => does === "take" && given.has(pathKey(of))).map(({ of }) => [pathKey(of), of]),
  );
  return [...both.values()].flatMap((of) => faultsOf(model, of));
}

function faultsOf(model: FunctionModel, of: Path): readonly PermitFault[] {
  const key = pathKey(of);
  const name = of.text;
  const start: Way = { taken: [], refused: undefined, given: undefined, known: new Map() };
  const isOwn = (permit: Permit): boolean => pathKey(permit.of) === key;
  const states = solve<State>(model.nodes, {
    entry: stateOf([start]),
    after(event, before) {
      if (before === TOO_MANY) return before;
      if (event.kind === "permit" && isOwn(event))
        return stateOf([...before.values()].flatMap((way) => done(way, event)));
      if (event.kind === "assume") {
        const { condition, value } = event;
        const ways = [...before.values()].filter(({ known }) => (known.get(condition) ?? value) === value);
        return ways.length > 0 ? stateOf(ways) : undefined;
      }
      return before;
    },
    join: (a, b) => (a === TOO_MANY || b === TOO_MANY ? TOO_MANY : limited(new Map([...a, ...b]))),
    equals: (a, b) => a === b || (a !== TOO_MANY && b !== TOO_MANY && a.size === b.size),
  });
  if (states.includes(TOO_MANY)) return [];
  const faults: PermitFault[] = [];
  const kept: PermitFault[] = [];
  let isGivenBack = false;
  for (const [index, { event }] of model.nodes.entries()) {
    for (const way of states[index]?.values() ?? []) {
      if (event.kind === "permit" && event.does === "give" && isOwn(event) && way.taken.length === 0) {
        const { refused, given } = way;
        // A loop that gives back one after the other: how many were taken before is a matter of numbers.
        if (given && siteKey(given) === siteKey(event.site)) return [];
        if (refused) faults.push({ fault: "not got", name, of, site: event.site, other: refused });
        else if (given && !event.isTried)
          faults.push({ fault: "given twice", name, of, site: event.site, other: given });
      } else if (event.kind === "exit" && event.how === "normal") {
        const [first] = way.taken;
        if (first) kept.push({ fault: "kept", name, of, site: first, other: event.site });
        else isGivenBack ||= way.given !== undefined;
      }
    }
  }
  return isGivenBack ? [...faults, ...kept] : faults;
}

function done(way: Way, { does, condition, site }: Permit): readonly Way[] {
  if (does === "give") {
    return [{ ...way, taken: way.taken.slice(0, -1), given: site, refused: undefined }];
  }
  const got: Way = { ...way, taken: [...way.taken, site].slice(0, MAX_TAKEN), refused: undefined, given: undefined };
  if (condition === undefined) return [got];
  return [
    { ...got, known: new Map([...way.known, [condition, true]]) },
    { ...way, refused: site, given: undefined, known: new Map([...way.known, [condition, false]]) },
  ];
}

function stateOf(ways: readonly Way[]): State {
  return limited(new Map(ways.map((way) => [keyOf(way), way])));
}

/** The ways may double with every attempt, so they are not followed further where they are too many. */
function limited(state: State): State {
  return state.size > MAX_WAYS ? TOO_MANY : state;
}

function keyOf({ taken, refused, given, known }: Way): string {
  const places = [taken.map(siteKey).join(), refused && siteKey(refused), given && siteKey(given)];
  return [...places, [...known].map(([condition, value]) => `${condition}=${value}`).sort()].join("|");
}
