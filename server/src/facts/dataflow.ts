import type { Event } from "../model/events.js";
import type { Node } from "../model/function-model.js";

/** One forward analysis: what is known before an event, and how events change it. `join` must be monotone. */
export interface Dataflow<State> {
  readonly entry: State;
  /** The state after the event, or undefined where control cannot pass. */
  after(event: Event, before: State): State | undefined;
  /** The state an exception takes along, where it is not the one from before the event. */
  afterThrow?(event: Event, before: State): State;
  join(a: State, b: State): State;
  equals(a: State, b: State): boolean;
}

/**
 * The state before every node, undefined where it is never reached. An exception leaves an event with the state from
 * before it, unless `afterThrow` says otherwise.
 */
export function solve<State>(nodes: readonly Node[], flow: Dataflow<State>): readonly (State | undefined)[] {
  const before: (State | undefined)[] = new Array(nodes.length).fill(undefined);
  before[0] = flow.entry;
  // Nodes are in the order of the source: taken in that order, what branches comes together before it is looked at once.
  const isQueued = new Uint8Array(nodes.length);
  let first = 0;
  let left = 0;
  const queue = (at: number): void => {
    if (isQueued[at] !== 0) return;
    isQueued[at] = 1;
    left++;
    first = Math.min(first, at);
  };
  const pass = (to: number, state: State): void => {
    const known = before[to];
    const joined = known === undefined ? state : flow.join(known, state);
    if (known !== undefined && flow.equals(known, joined)) return;
    before[to] = joined;
    queue(to);
  };
  queue(0);
  while (left > 0) {
    const at = first++;
    if (isQueued[at] === 0) continue;
    isQueued[at] = 0;
    left--;
    const node = nodes[at];
    const state = before[at];
    if (!node || state === undefined) continue;
    for (const to of node.onThrow) pass(to, flow.afterThrow?.(node.event, state) ?? state);
    const after = flow.after(node.event, state);
    if (after !== undefined) for (const to of node.next) pass(to, after);
  }
  return before;
}
