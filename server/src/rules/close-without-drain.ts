import type { Related } from "../finding.js";
import type { Closing } from "../program.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Work or handlers that go on while an object is closed",
  severity: "warning",
  checkProgram({ closings }, report) {
    for (const closing of closings) {
      const site = siteOf(closing);
      report({ message: messageOf(closing), site, related: others(site, storyOf(closing)) });
    }
  },
};

/** Where the mend belongs: where it is closed too early, or what goes on. */
function siteOf({ kind, end, does }: Closing): Closing["end"] {
  return kind === "dropped" || kind === "chained" ? end : does;
}

function messageOf({ kind, text, closing: { name } }: Closing): string {
  switch (kind) {
    case "dropped":
      return `"${text}" is closed while work that uses it may be under way: nobody keeps its promise, so that "${name}" cannot wait for it.`;
    case "chained":
      return `This ends what the work in "${text}" uses, and "${name}" does not wait for it.`;
    case "restarting":
      return `"${name}" brings this about, and is answered with a new "${text}": nothing tells the handler that the end was meant.`;
    case "feeding":
      return `"${text}" may have been ended by "${name}" when this is called: the messages go on, and nothing says that it is closing.`;
    case "emptied":
      return `"${text}" may be empty when this runs: "${name}" empties it, and leaves this to come.`;
    case "unchecked":
      return `This may run while "${name}" does the same: other handlers ask "${text}" first.`;
  }
}

function storyOf({ kind, text, closing: { name }, end, begins, does, calls }: Closing): Related[] {
  const way = calls.map((site) => ({ message: "by way of this call", site }));
  switch (kind) {
    case "dropped":
      return [{ message: "the work begins here, and its promise goes nowhere", site: begins }, ...way, used(does)];
    case "chained":
      return [{ message: `"${text}" holds the work from here on`, site: begins }, ...way, used(does)];
    case "restarting":
      return [{ message: `"${name}" ends what the handler listens to`, site: end }, ...way];
    case "feeding":
      return [
        { message: `"${name}" ends it here`, site: end },
        { message: "the handler is given here", site: begins },
        ...way,
      ];
    case "emptied":
      return [
        { message: `"${name}" empties it here`, site: end },
        { message: "the callback is given here", site: begins },
        ...way,
      ];
    case "unchecked":
      return [
        { message: `"${name}" sets "${text}" here`, site: end },
        { message: "the handler is given here", site: begins },
        ...way,
      ];
  }
}

function used(site: Closing["does"]): Related {
  return { message: "here it is used", site };
}
