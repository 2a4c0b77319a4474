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
  const queue = [0];
  const queued = new Set(queue);
  const pass = (to: number, state: State): void => {
    const known = before[to];
    const joined = known === undefined ? state : flow.join(known, state);
    if (known !== undefined && flow.equals(known, joined)) return;
    before[to] = joined;
    if (!queued.has(to)) {
      queued.add(to);
      queue.push(to);
    }
  };
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    queued.delete(at);
    const node = nodes[at];
    const state = before[at];
    if (!node || state === undefined) continue;
    for (const to of node.onThrow) pass(to, flow.afterThrow?.(node.event, state) ?? state);
    const after = flow.after(node.event, state);
    if (after !== undefined) for (const to of node.next) pass(to, after);
  }
  return before;
}
