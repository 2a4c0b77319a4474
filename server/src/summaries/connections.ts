import { oncePer } from "../model/once-per.js";
import { spawnsOf } from "./call-graph.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";

const targets = inFunctions(({ model }) =>
  spawnsOf(model).flatMap(({ target }) => (target.kind === "function" ? [target.id] : [])),
);

/** The functions of a program with which threads, tasks or workers begin, by id. */
export const spawnedIn = oncePer((all: ProgramFacts): ReadonlySet<string> => new Set(targets(all)));
