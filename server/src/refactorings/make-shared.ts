import { posix } from "node:path";
import type { Edit } from "../finding.js";
import { editOf } from "../first-accepted.js";
import type { Program } from "../program.js";
import { namePointedAt } from "../source/pointed-at.js";
import { sharableAt, sharedDeclaration, sharedUse } from "../source/shared-instead.js";
import { type Site, siteKey } from "../source/site.js";
import type { Refactoring } from "./refactoring.js";

/** A variable that every thread has for itself becomes a value that all see; what reads and writes it follows. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at) {
    const { bench } = program;
    const tree = bench.tree(at.file);
    const place = tree && namePointedAt(tree, at);
    const written = place && tree?.text.slice(place.start, place.end);
    if (!place || written === undefined) return undefined;
    const declared = bench.declaredAt({ file: at.file, ...place }, written);
    const home = declared && bench.tree(declared.file);
    const variable = home && sharableAt(home, declared);
    if (!variable) return undefined;
    return {
      title: `Make \`${variable.name}\` one value for all threads`,
      edits() {
        const edits = editsFor(program, declared, variable.name);
        return edits && bench.keepsSound(edits) ? edits : undefined;
      },
    };
  },
};

function editsFor({ bench }: Program, declared: Site, name: string): readonly Edit[] | undefined {
  const home = bench.tree(declared.file);
  const made = home && sharedDeclaration(home, declared, freeName(bench, declared.file, name));
  if (!made) return undefined;
  const edits = made.map((change) => editOf(declared.file, change));
  for (const site of bench.referencesTo(declared)) {
    if (siteKey(site) === siteKey(declared)) continue;
    const tree = bench.tree(site.file);
    const use = tree && sharedUse(tree, site);
    if (!use) return undefined;
    edits.push(...use.map((change) => editOf(site.file, change)));
  }
  return edits;
}

/** Two values of one name would be one. */
function freeName(bench: Program["bench"], file: string, name: string): string {
  const isTaken = (wanted: string): boolean =>
    bench.files.some((each) => bench.tree(each)?.text.match(`["'\`]${wanted.replaceAll("$", "\\$")}["'\`]`));
  if (!isTaken(name)) return name;
  const own = `${posix.basename(file).replace(/\..*$/, "")}-${name}`;
  let free = own;
  for (let count = 2; isTaken(free); count++) free = `${own}-${count}`;
  return free;
}
