import type { Related } from "../finding.js";
import type { Interleaving } from "../program.js";
import { others } from "./story.js";

/** What happens in the gap of a stale write: where the state was seen, where the function waits, who writes meanwhile. */
export function gapStory({ seen, gap, put, task, other, by, isLeft }: Interleaving): Related[] {
  const who = other ? "other code" : `another call of "${task.name}"`;
  const related: Related[] = [
    {
      message: by === "update" ? `"${put.state.text}" is read here` : `"${put.state.text}" is tested here`,
      site: seen,
    },
    { message: isLeft ? `before this is done, ${who} runs` : `while this waits, ${who} runs`, site: gap },
  ];
  if (other) related.push({ message: `"${other.name}" gets at it here`, site: other.site });
  return others(put.site, related);
}

/** Who runs in the gap of a stale check: another call of the same function, or a handler. */
export function whoComes({ task, other }: Interleaving): string {
  return other ? `"${other.name}", which runs whenever something happens,` : `another call of "${task.name}"`;
}
