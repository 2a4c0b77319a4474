import { catchExecutor } from "./fixes/catch-executor.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Executor or constructor that is not done when it returns",
  severity: "warning",
  checkProgram(program, report) {
    for (const { kind, text, site, gap, late } of program.unfinishedObjects) {
      if (kind === "executor") {
        report({
          message: `An error behind a wait of "${text}" settles nothing: whoever waits for this promise waits for ever.`,
          site,
          related: others(site, [{ message: "what fails here nobody hears of", site: gap }]),
          fixes: (finding) => catchExecutor(program, site, finding),
        });
      } else if (late) {
        report({
          message: `"${text}" is there before it has "${late.text}": nobody can wait for what its constructor begins here.`,
          site,
          related: others(site, [
            { message: "while this waits, the object is used", site: gap },
            { message: `"${late.text}" is set here`, site: late.put },
            { message: `"${late.text}" is taken for granted here`, site: late.use },
          ]),
        });
      }
    }
  },
};
