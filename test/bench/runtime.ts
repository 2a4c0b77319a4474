/**
 * `npm run bench:runtime [-- part...]`: the runtime against what it is measured by, taking turns in one process, as the
 * Markdown table of runtime/README.md. A benchmark is in a file in runtime/ that exports `bench`; a part is a piece of a
 * file's name or of a row.
 */
import { readdirSync } from "node:fs";
import { type Bench, printConditions, printCost, printRace, row } from "./races.js";

const folder = new URL("./runtime/", import.meta.url);
const wanted = process.argv.slice(2);
const isWanted = (text: string): boolean => wanted.some((part) => text.toLowerCase().includes(part.toLowerCase()));
const chosen = new Map<string, readonly Bench[]>();
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith(".js")) continue;
  const { bench } = (await import(new URL(file, folder).href)) as { bench: readonly Bench[] };
  chosen.set(
    file.replace(/\.js$/, ""),
    bench.filter(({ title }) => wanted.length === 0 || isWanted(`${file} ${title}`)),
  );
}
if ([...chosen.values()].every((bench) => bench.length === 0)) {
  console.error(`Usage: npm run bench:runtime -- [part of a row or of: ${[...chosen.keys()].join(", ")}]...`);
  process.exit(2);
}
row("work", "Heddle", "against", "speed", "ratio", "goal", "");
row("---", "---:", "---", "---:", "---:", "---:", "---");
for (const one of [...chosen.values()].flat()) {
  if ("contestants" in one) await printRace(one);
  else await printCost(one);
}
printConditions();
process.exit();
