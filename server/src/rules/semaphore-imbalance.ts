import { eventsOf, type FunctionView, type Path, type Program, pathKey, permitFaults } from "../program.js";
import { handsOutMethod } from "../source/method-call.js";
import { siteKey } from "../source/site.js";
import { releaseIfGot } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Permit of a semaphore kept, or given back without being had",
  severity: "warning",
  checkFunction(fn, program, report) {
    const seen = new Set<string>();
    for (const { fault, name, of, site, other } of permitFaults(fn.model)) {
      if (seen.has(siteKey(site))) continue;
      if (fault === "kept" && (isHandedOn(program, fn, of) || isGivenElsewhere(program, fn, name))) continue;
      seen.add(siteKey(site));
      const [message, where] = SAID[fault];
      report({
        message: message.replaceAll("*", `"${name}"`),
        site,
        related: [{ message: where, site: other }],
        fixes: (finding) => (fault === "not got" ? releaseIfGot(program, other, site, finding) : []),
      });
    }
  },
};

const SAID = {
  kept: [
    "A permit of * is taken here and given back on some ways only: each time the other way is gone there is one less, until everybody waits.",
    "the function may end here without giving it back",
  ],
  "not got": [
    "A permit of * is given back here that may not have been got: then there is one more than there should be.",
    "it is asked for here, and may not be got",
  ],
  "given twice": [
    "A permit of * is given back here for the second time: then there is one more than there should be.",
    "it is given back here already",
  ],
} as const;

/** Whether the function gives the semaphore to other code, or its methods: `give(seats)`, `seats.release.bind(seats)`. */
function isHandedOn(program: Program, fn: FunctionView, of: Path): boolean {
  const { site } = fn.model;
  const tree = program.bench.tree(site.file);
  return fn.handsOn(of) || (tree !== undefined && handsOutMethod(tree, site, of.text));
}

/** Whether other code gives permits of the semaphore back: then somebody else may do it for this function. */
function isGivenElsewhere(program: Program, { model }: FunctionView, name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return program
    .seenIn(givenIn)
    .some(({ id, of }) => id !== model.id && (of.text.endsWith(last) || pathKey(of).endsWith(last)));
}

/** The semaphores of which a function gives back permits that it has not taken. */
function givenIn({ model }: FunctionView): readonly { readonly id: string; readonly of: Path }[] {
  const permits = eventsOf(model, "permit");
  return permits
    .filter(({ does, of }) => {
      const isOwn = permits.some((own) => own.does === "take" && pathKey(own.of) === pathKey(of));
      return does === "give" && !isOwn;
    })
    .map(({ of }) => ({ id: model.id, of }));
}
