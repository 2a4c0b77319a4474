import type { Keep, Spawn } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";

/** Models never change, so what is read off them is read once. */
const callees = new WeakMap<FunctionModel, readonly string[]>();
const keeps = new WeakMap<FunctionModel, readonly Keep[]>();
const spawns = new WeakMap<FunctionModel, readonly Spawn[]>();

/** The functions a function may run, by id: callees and callbacks it hands on. */
export function calleesOf(model: FunctionModel): readonly string[] {
  const known = callees.get(model);
  if (known) return known;
  const ids = new Set<string>();
  for (const { event } of model.nodes) {
    if (event.kind !== "call") continue;
    if (event.callee.kind === "function") ids.add(event.callee.id);
    for (const { callback } of event.args) if (callback !== undefined) ids.add(callback);
  }
  const list = [...ids];
  callees.set(model, list);
  return list;
}

/** The threads, tasks and workers that a function itself makes. */
export function spawnsOf(model: FunctionModel): readonly Spawn[] {
  const known = spawns.get(model);
  if (known) return known;
  const list = model.nodes.flatMap(({ event }) => (event.kind === "spawn" ? [event] : []));
  spawns.set(model, list);
  return list;
}

/** Where a function puts threads that it has at hand. */
export function keepsOf(model: FunctionModel): readonly Keep[] {
  const known = keeps.get(model);
  if (known) return known;
  const list = model.nodes.flatMap(({ event }) => (event.kind === "keep" ? [event] : []));
  keeps.set(model, list);
  return list;
}

/**
 * Strongly connected components of the call graph, callees before callers (Tarjan 1972, with an explicit stack:
 * generated code nests deeper than the engine's own).
 */
export function components(models: ReadonlyMap<string, FunctionModel>): readonly (readonly FunctionModel[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: FunctionModel[] = [];
  const isOpen = new Set<string>();
  const found: FunctionModel[][] = [];

  interface Frame {
    readonly model: FunctionModel;
    readonly callees: readonly string[];
    at: number;
  }
  const enter = (model: FunctionModel): Frame => {
    index.set(model.id, index.size);
    low.set(model.id, index.get(model.id)!);
    open.push(model);
    isOpen.add(model.id);
    return { model, callees: calleesOf(model), at: 0 };
  };
  const lower = (id: string, to: number): void => {
    low.set(id, Math.min(low.get(id)!, to));
  };

  for (const root of models.values()) {
    if (index.has(root.id)) continue;
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const callee = frame.callees[frame.at++];
      if (callee !== undefined) {
        const model = models.get(callee);
        if (!model) continue;
        if (!index.has(callee)) frames.push(enter(model));
        else if (isOpen.has(callee)) lower(frame.model.id, index.get(callee)!);
        continue;
      }
      frames.pop();
      const { id } = frame.model;
      const caller = frames.at(-1);
      if (caller) lower(caller.model.id, low.get(id)!);
      if (low.get(id) !== index.get(id)) continue;
      const component = open.splice(open.findLastIndex((model) => model.id === id));
      for (const model of component) isOpen.delete(model.id);
      found.push(component);
    }
  }
  return found;
}
