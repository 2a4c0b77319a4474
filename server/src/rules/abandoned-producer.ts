import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Producer left waiting for room in a queue that nobody empties",
  severity: "warning",
  checkProgram(program, report) {
    for (const { taken, put, thread, stuck, isJoined } of program.abandonedProducers) {
      const end = isJoined
        ? "and this waits for the thread's end for ever"
        : "and the program waits for the thread's end for ever";
      report({
        message: `The loop around this may be left while "${thread.text}" still puts items: once "${taken.text}" is full the thread waits for room that nobody makes.`,
        site: taken.site,
        related: others(taken.site, [
          { message: "it waits here while the queue is full", site: put.site },
          { message: end, site: stuck },
          { message: "the thread is made here", site: thread.site },
        ]),
      });
    }
  },
};
