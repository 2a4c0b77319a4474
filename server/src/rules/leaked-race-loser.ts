import { clearBehindRace } from "./fixes/clear-behind-race.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Timer or request that goes on behind a race it has lost",
  severity: "warning",
  checkProgram(program, report) {
    for (const { kind, text, site, race, timer, isNear } of program.raceLosers) {
      report({
        message:
          kind === "timer"
            ? `Nobody clears the timer of "${text}": when something else wins the race it goes on, keeps the process up and holds what it has.`
            : `"${text}" goes on when its time is up: without a signal nobody can stop it.`,
        site,
        related: others(site, [
          { message: "the race ends as soon as one of them is done", site: race },
          { message: kind === "timer" ? "the timer is set here" : "this is when it has lost", site: timer },
        ]),
        fixes: (finding) => (kind === "timer" && isNear ? clearBehindRace(program, site, race, finding) : []),
      });
    }
  },
};
