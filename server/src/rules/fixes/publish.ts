import type { Edit, Finding, Fix } from "../../finding.js";
import type { AccessSummary, Program } from "../../program.js";
import { elementAt, elementWriteAt } from "../../source/method-call.js";
import { movedBehind } from "../../source/moved-statement.js";
import { type Site, siteKey } from "../../source/site.js";
import { gated } from "./gated.js";

/** The flag is set when everything is there. */
export function publishLast(program: Program, flag: Site, payloads: readonly Site[], finding: Finding): readonly Fix[] {
  return [gated(program, finding, flag.file, "Set the flag last", [(tree) => movedBehind(tree, flag, payloads)])];
}

/** A plain access to an element as an operation of `Atomics`; undefined where it has no such form. */
export function atomicForm(program: Program, { access, holder, site }: AccessSummary): Edit | undefined {
  const tree = program.bench.tree(site.file);
  if (!tree || !holder.integer) return undefined;
  const read = access === "read" ? elementAt(tree, site.start, site.end) : undefined;
  if (read) return { site, newText: `Atomics.load(${read.view}, ${read.index})` };
  const write = access === "write" ? elementWriteAt(tree, site.start, site.end) : undefined;
  if (!write?.isStatement) return undefined;
  return { site, newText: `Atomics.store(${write.view}, ${write.index}, ${write.value})` };
}

/** `Atomics.load` and `Atomics.store` for all of them, or none. */
export function useAtomicForms(program: Program, accesses: readonly AccessSummary[], finding: Finding): readonly Fix[] {
  const plain = new Map(accesses.filter(({ atomic }) => !atomic).map((access) => [siteKey(access.site), access]));
  const edits = [...plain.values()].map((access) => atomicForm(program, access));
  const whole = edits.filter((edit): edit is Edit => edit !== undefined);
  if (whole.length < edits.length || whole.length === 0) return [];
  return [
    {
      title: "Use `Atomics` for the flag",
      edits: () => (program.bench.accepts(whole, finding) ? whole : undefined),
    },
  ];
}
