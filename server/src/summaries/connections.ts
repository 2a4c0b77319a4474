import { oncePer } from "../model/once-per.js";
import { calleesOf, spawnsOf } from "./call-graph.js";
import type { FunctionFacts } from "./summarise.js";

/** The functions of a program that others run, by id. */
export interface Connections {
  /** By a call, or as a callback that is handed on. */
  readonly called: ReadonlySet<string>;
  /** As what a thread, task or worker begins with. */
  readonly spawned: ReadonlySet<string>;
}

export const connectionsOf = oncePer((facts: ReadonlyMap<string, FunctionFacts>): Connections => {
  const called = new Set<string>();
  const spawned = new Set<string>();
  for (const { model } of facts.values()) {
    for (const id of calleesOf(model)) called.add(id);
    for (const { target } of spawnsOf(model)) if (target.kind === "function") spawned.add(target.id);
  }
  return { called, spawned };
});
