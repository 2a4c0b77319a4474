import { type AccessSummary, type HeldLock, type Program, type Publication, pathKey } from "../program.js";
import { decidesChange } from "../source/read-use.js";
import { siteKey } from "../source/site.js";
import { publishLast, useAtomicForms } from "./fixes/publish.js";
import { faultOf, type Published } from "./publishing.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Double-checked locking whose first look proves nothing",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const publication of program.publications) {
      const section = sectionOf(publication);
      if (!section || seen.has(siteKey(publication.flag.site)) || !looksTwice(program, publication, section)) continue;
      const fault = faultOf(program, publication);
      if (!fault) continue;
      seen.add(siteKey(publication.flag.site));
      state(program, { ...publication, fault }, section, report);
    }
  },
};

/** The lock under which the flag and what it tells of are both written. */
function sectionOf({ flag, payload }: Publication): HeldLock | undefined {
  return flag.held.find((held) =>
    payload.held.some(
      (other) => pathKey(other.lock) === pathKey(held.lock) && siteKey(other.site) === siteKey(held.site),
    ),
  );
}

/** Whether the reader takes the lock only where the flag is not set, and looks again then. */
function looksTwice(program: Program, { reader, look, flag }: Publication, { lock }: HeldLock): boolean {
  const key = pathKey(lock);
  const tree = program.bench.tree(look.site.file);
  const isSecond = (other: AccessSummary): boolean =>
    other.access !== "write" &&
    pathKey(other.object) === pathKey(flag.object) &&
    JSON.stringify(other.cell) === JSON.stringify(flag.cell) &&
    other.held.some((held) => pathKey(held.lock) === key);
  if (!tree || !reader.accesses.some(isSecond)) return false;
  return reader.acquires.some((acquire) => {
    const place = acquire.calls[look.calls.length] ?? acquire.site;
    return pathKey(acquire.lock) === key && place.file === look.site.file && decidesChange(tree, look.site, place);
  });
}

function state(program: Program, published: Published, { lock, site: taken }: HeldLock, report: Report): void {
  const { writer, reader, flag, payload, look, use, fault } = published;
  const name = flag.object.text;
  const why =
    fault === "late"
      ? `"${name}" is set here before "${payload.object.text}" is written: who looks without "${lock.text}" sees the flag, goes past the lock and finds a half made thing.`
      : `"${name}" is looked at without "${lock.text}" as well, and set plainly here: who sees the flag there need not see what was written before it.`;
  report({
    message: why,
    site: flag.site,
    related: others(flag.site, [
      { message: "looked at here without the lock", site: look.site },
      { message: `"${payload.object.text}" is written here`, site: payload.site },
      { message: `"${lock.text}" is taken here`, site: taken },
      { message: `"${use.object.text}" is read here without the lock`, site: use.site },
      ...calls(use),
      ...start(writer),
      ...start(reader),
    ]),
    fixes: (finding) =>
      fault === "late"
        ? publishLast(program, flag.site, [payload.site], finding)
        : useAtomicForms(program, "access" in look ? [flag, look] : [flag], finding),
  });
}
