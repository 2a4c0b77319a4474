import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";

/** Takes a comment away, with its line where nothing else is on it. */
export function removeComment(program: Program, removal: Site, finding: Finding): Fix {
  return {
    title: "Remove the comment",
    edits() {
      const edits = [{ site: removal, newText: "" }];
      return program.bench.accepts(edits, finding) ? edits : undefined;
    },
  };
}
