import { oncePer } from "../model/once-per.js";
import { spawnsOf } from "./call-graph.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";

const targets = inFunctions(({ model }) =>
  spawnsOf(model).flatMap(({ target }) => (target.kind === "function" ? [target.id] : [])),
);

const distinct = oncePer((ids: readonly string[]): ReadonlySet<string> => new Set(ids));

/** The functions of a program with which threads, tasks or workers begin, by id. */
export const spawnedIn = (all: ProgramFacts): ReadonlySet<string> => distinct(targets(all));
