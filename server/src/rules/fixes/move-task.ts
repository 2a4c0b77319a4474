import type { Finding, Fix } from "../../finding.js";
import type { Capture, Program } from "../../program.js";
import { movedToModule } from "../../source/moved-task.js";
import { gated } from "./gated.js";

/** The function comes to the module, where threads find it, and what it captured comes along as arguments. */
export function moveTask(program: Program, captures: readonly Capture[], finding: Finding): readonly Fix[] {
  const { site } = finding;
  const names = captures.filter(({ scope }) => scope === "function").map(({ name }) => `\`${name}\``);
  const [last, ...others] = [...names].reverse();
  const list = others.length > 0 ? `${others.reverse().join(", ")} and ${last}` : last;
  const noun = names.length > 1 ? "arguments" : "an argument";
  const title = list === undefined ? "Register it in the module" : `Register it in the module, with ${list} as ${noun}`;
  const isArray = ({ start, end }: { start: number; end: number }): boolean =>
    program.bench.isArray({ file: site.file, start, end });
  return [gated(program, finding, site.file, title, [(tree) => movedToModule(tree, site, captures, isArray)])];
}
