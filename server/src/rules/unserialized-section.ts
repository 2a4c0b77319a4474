import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Section that another run enters before it is over",
  severity: "warning",
  checkProgram({ overwrittenNotes, restarts }, report) {
    for (const { name, site, listens } of restarts) {
      report({
        message: `"${name}" leaves another run of itself for later, and every event starts one more such chain: they never end, and run in between each other.`,
        site,
        related: [{ message: `"${name}" is called whenever this happens`, site: listens }],
      });
    }
    for (const { put, gap, task, other, taken } of overwrittenNotes) {
      const { text } = put.state;
      report({
        message: `"${text}" is left here for who handles what "${task.name}" waits for; "${other.task.name}" may overwrite it meanwhile.`,
        site: put.site,
        related: others(put.site, [
          { message: "while this waits, other calls run", site: gap },
          { message: `"${other.task.name}" overwrites it here`, site: other.put.site },
          { message: `"${taken.name}" takes it away here, whichever it is`, site: taken.site },
        ]),
      });
    }
  },
};
