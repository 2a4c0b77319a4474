import type { LoadedStart } from "../program.js";
import { wrapInMain } from "./fixes/main-call.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Module that threads load starts threads",
  severity: "error",
  checkProgram(program, report) {
    for (const start of program.loadedStarts) {
      const { calls: trail, loader, isItself, noun } = start;
      // The mend belongs where the module's own code begins it.
      const site = trail[0] ?? start.site;
      const made = isItself ? "a worker loads the module again" : `a ${loader.noun} made here loads the module again`;
      report({
        message: messageOf(start),
        site,
        related: [
          ...others(site, [...calls({ calls: trail, site: start.site, functionId: "" }), begins(start)]),
          { message: made, site: loader.site },
        ],
        ...(noun === "worker" ? {} : { fixes: (finding) => wrapInMain(program, site, finding) }),
      });
    }
  },
};

function messageOf({ noun, text, loader }: LoadedStart): string {
  const loads = loader.target.kind === "function" ? `to find "${loader.target.name}"` : "to run it";
  switch (noun) {
    case "thread":
      return `"${text}" is started whenever this module is loaded, and threads load it ${loads}: there the start fails, and the thread's work is never done.`;
    case "pool":
      return `"${text}" starts its threads whenever this module is loaded, and threads load it ${loads}: there it fails, and the thread's work is never done.`;
    case "worker":
      return `"${text}" is started whenever this module is loaded, and loads it: each worker starts the next one, without end.`;
  }
}

function begins({ noun, site }: LoadedStart): { message: string; site: LoadedStart["site"] } {
  return { message: noun === "pool" ? "the pool is made here" : `the ${noun} is started here`, site };
}
