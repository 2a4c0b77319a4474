import type { Keep, Spawn } from "../model/events.js";
import { eventsOf, type FunctionModel } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";

/** The functions a function may run, by id: callees and callbacks it hands on. */
export const calleesOf = oncePer((model: FunctionModel): readonly string[] => {
  const ids = new Set<string>();
  for (const { callee, args } of eventsOf(model, "call")) {
    if (callee.kind === "function") ids.add(callee.id);
    for (const { callback } of args) if (callback !== undefined) ids.add(callback);
  }
  return [...ids];
});

/** The threads, tasks and workers that a function itself makes. */
export function spawnsOf(model: FunctionModel): readonly Spawn[] {
  return eventsOf(model, "spawn");
}

/** Where a function puts threads that it has at hand. */
export function keepsOf(model: FunctionModel): readonly Keep[] {
  return eventsOf(model, "keep");
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
