import type { AccessSummary, Program } from "../program.js";
import { siteKey } from "../source/site.js";
import { publishLast, useAtomicForms } from "./fixes/publish.js";
import { faultOf, isDecided, type Published } from "./publishing.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "Flag that does not guard what it tells of",
  severity: "warning",
  checkProgram(program, report) {
    const byFlag = new Map<string, Published[]>();
    const { spins } = program;
    for (const publication of program.publications) {
      const { flag, look } = publication;
      // Under a lock it is another pattern; a loop around a plain read never ends, which comes first.
      if (flag.held.length > 0 || spins.has(siteKey(look.site))) continue;
      const fault = faultOf(program, publication);
      if (!fault || !isDecided(program, publication)) continue;
      const key = `${fault}|${siteKey(flag.site)}`;
      const known = byFlag.get(key);
      if (known) known.push({ ...publication, fault });
      else byFlag.set(key, [{ ...publication, fault }]);
    }
    for (const all of byFlag.values()) state(program, all, report);
  },
};

function state(program: Program, all: readonly Published[], report: Report): void {
  const { writer, reader, flag, payload, look, use, fault } = all[0]!;
  const [word, data] = [nameOf(flag), nameOf(payload)];
  const site = fault === "late" ? payload.site : flag.site;
  report({
    message:
      fault === "late"
        ? `"${data}" is written after "${word}" has told another thread that it is there: who sees the flag at once finds what was there before.`
        : `"${word}" tells another thread that "${data}" is there, but is neither written nor read with Atomics: the other thread may see the flag before what it tells of, or never.`,
    site,
    related: others(site, [
      fault === "late"
        ? { message: "the flag is set here", site: flag.site }
        : { message: `"${data}" is written here`, site: payload.site },
      ...calls(flag),
      { message: "another thread looks at the flag here", site: look.site },
      { message: `and then reads "${data}" here`, site: use.site },
      ...calls(use),
      ...start(writer),
      ...start(reader),
    ]),
    ways: [way(writer, fault === "late" ? payload : flag), way(reader, use)],
    fixes: (finding) =>
      fault === "late"
        ? publishLast(
            program,
            flag.site,
            all.map((each) => each.payload.site),
            finding,
          )
        : useAtomicForms(program, "access" in look ? [flag, look] : [flag], finding),
  });
}

function nameOf({ object, cell }: AccessSummary): string {
  return cell.kind === "index" ? `${object.text}[${cell.index}]` : object.text;
}
