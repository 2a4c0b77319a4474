import type { Site } from "../source/site.js";
import type { Event } from "./events.js";
import { oncePer } from "./once-per.js";
import type { Path } from "./path.js";

/** One event of the control-flow graph and where control goes from it. */
export interface Node {
  readonly event: Event;
  readonly next: readonly number[];
  /** Where an exception thrown *by* the event leads; the state there is the one before the event. */
  readonly onThrow: readonly number[];
}

/** A function value that is given to a thread or task although it needs what does not travel. */
export interface Capture {
  readonly site: Site;
  readonly name: string;
  readonly declaration: Site;
  readonly scope: "function" | "module";
  readonly use: Site;
  readonly noun: "thread" | "task";
}

/** A function of the program, lowered. Plain data: comparable by structure, cacheable, testable without a project. */
export interface FunctionModel {
  /** Stable across edits elsewhere in its file: the names of what encloses it. */
  readonly id: string;
  readonly name: string;
  readonly site: Site;
  /** The roots its parameters have in paths, in order. */
  readonly parameters: readonly string[];
  /** Whether it hands out a promise and may go on after it has returned: declared `async`, generators included. */
  readonly isAsync: boolean;
  /** Node 0 is the entry. */
  readonly nodes: readonly Node[];
  /** Which object a field of `this` or a fresh instance stands for, where a constructor only stored its argument. */
  readonly aliases: ReadonlyMap<string, Path>;
  readonly captures: readonly Capture[];
  /** The roots of objects that the function makes and no other code gets to see by name. */
  readonly owned: readonly string[];
  /** The program's start: the body given to `main`, or a module's top level. */
  readonly entry: "main" | "module" | undefined;
}

/** The functions of one file, in the order of their text; no two have the same id. The same object until they are lowered again. */
export type FileModels = readonly FunctionModel[];

type OfKind = { readonly [K in Event["kind"]]?: readonly Extract<Event, { kind: K }>[] };

const byKind = oncePer((model: FunctionModel): OfKind => {
  const found: Partial<Record<Event["kind"], Event[]>> = {};
  for (const { event } of model.nodes) {
    found[event.kind] ??= [];
    found[event.kind]?.push(event);
  }
  return found as OfKind;
});

/** The events of one kind, in the order of the nodes: most functions have none, and asking costs nothing. */
export function eventsOf<K extends Event["kind"]>(
  model: FunctionModel,
  kind: K,
): readonly Extract<Event, { kind: K }>[] {
  return byKind(model)[kind] ?? [];
}
