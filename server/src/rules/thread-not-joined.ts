import type { LifeFault } from "../program.js";
import { endAlways, startIt } from "./fixes/resources.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Thread, worker or process left to itself",
  severity: "warning",
  checkProgram(program, report) {
    for (const { noun, text, home, field, closing, site } of program.ownedFaults) {
      if (noun === "pool") continue;
      report({
        message: closing
          ? `"${closing.name}" leaves the ${noun} in "${text}" running: no method of "${home}" ends it, and nobody else can.`
          : `No method of "${home}" starts the ${noun} in "${text}": what it is for never happens.`,
        site,
        related: closing
          ? [{ message: `the object is closed here, and its ${noun} goes on`, site: closing.site }]
          : [{ message: "no code outside of the class can name the field, and start it", site: field }],
      });
    }
    for (const fault of program.lifeFaults) {
      const { resource } = fault;
      if (resource.noun === "pool") continue;
      switch (fault.kind) {
        case "unstarted":
          report({
            message: `Nobody starts ${named(fault)}: what it is for never happens.`,
            site: resource.site,
            related: [{ message: "the function ends here", site: fault.exit }],
            fixes: (finding) => startIt(program, resource, finding),
          });
          break;
        case "unended":
          report({
            message: `Nobody waits for the end of ${named(fault)}: whoever calls this function cannot know when the work is done.`,
            site: resource.site,
            related: others(resource.site, [
              { message: "it runs from here on", site: fault.started },
              { message: "the function ends here", site: fault.exit },
            ]),
          });
          break;
        case "left": {
          const { by, exit, ends, method } = fault;
          const way = by === "throw" ? "when this fails, the function is left here" : "the function is left here";
          report({
            message: `${upper(named(fault))} still ${resource.isList ? "run" : "runs"} on one way out: "${method}" is not called there.`,
            site: resource.site,
            related: [
              { message: way, site: exit },
              ...ends.slice(0, 1).map((site) => ({ message: `on other ways "${method}" is called here`, site })),
            ],
            fixes: (finding) => endAlways(program, resource, ends, finding),
          });
          break;
        }
        case "untimely":
          if (fault.why === "not-started") {
            report({
              message: `${upper(named(fault))} ${resource.isList ? "are" : "is"} not started here: "${fault.method}" throws a StateError.`,
              site: fault.site,
              related: others(fault.site, [{ message: "made here", site: resource.site }]),
            });
          }
      }
    }
  },
};

function named({ resource: { noun, text, isList } }: LifeFault): string {
  return isList ? `the ${noun === "process" ? "processe" : noun}s in "${text}"` : `the ${noun} "${text}"`;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
