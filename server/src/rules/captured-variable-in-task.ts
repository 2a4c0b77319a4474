import type { Finding, Fix } from "../finding.js";
import type { Capture } from "../program.js";
import { siteKey } from "../source/site.js";
import { moveTask } from "./fixes/move-task.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Thread function uses a variable that does not travel with it",
  severity: "error",
  checkFunction(fn, program, report) {
    const bySite = new Map<string, Capture[]>();
    for (const capture of fn.model.captures) {
      const key = siteKey(capture.site);
      bySite.set(key, [...(bySite.get(key) ?? []), capture]);
    }
    for (const captures of bySite.values()) {
      const [first] = captures;
      if (!first) continue;
      const names = captures.map(({ name }) => `"${name}"`).join(", ");
      const message = `This function is given to a ${first.noun} but uses ${names} of the code around it: a thread loads the module anew and has no such variable.`;
      const related = captures.flatMap(({ name, declaration, use }) => [
        { message: `"${name}" is declared here`, site: declaration },
        { message: `"${name}" is used here`, site: use },
      ]);
      const fixes = (finding: Finding): readonly Fix[] => moveTask(program, captures, finding);
      report({ message, site: first.site, related, fixes });
    }
  },
};
