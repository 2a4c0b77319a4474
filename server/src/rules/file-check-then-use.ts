import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "File asked for first and changed after a wait",
  severity: "info",
  checkProgram(program, report) {
    for (const { name, text, makes, does, asked, site, option } of program.fileChecks) {
      const so = makes
        ? `two calls both find nothing, and both make it: the second ${does === "mkdir" ? "fails" : "takes the place of the first"}`
        : "two calls both find it, and the second fails";
      report({
        message: `"${does}" rests on an answer about "${text}" that another call of "${name}" may have made wrong meanwhile: ${so}.`,
        site,
        related: [{ message: "asked here", site: asked }],
        fixes: (finding) => {
          if (!option) return [];
          const edits = [{ site: option.at, newText: `, ${option.text}` }];
          return [
            {
              title: `Add \`${option.text}\``,
              edits: () => (program.bench.accepts(edits, finding) ? edits : undefined),
            },
          ];
        },
      });
    }
  },
};
