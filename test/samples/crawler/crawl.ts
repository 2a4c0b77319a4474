/** Reads pages and follows their links: the same, whoever reads them. */
import { readFileSync } from "node:fs";
import { tasks } from "heddle";

export interface Page {
  readonly name: string;
  readonly title: string;
  readonly links: readonly string[];
}

/** Every machine has a copy of the pages beside its copy of this file. */
const folder = new URL("pages/", import.meta.url);

/** The task. It is given a name and returns plain data, so it does not matter where it runs. */
export function readPage(name: string): Page {
  const html = readFileSync(new URL(name, folder), "utf8");
  const title = /<title>(.*?)<\/title>/.exec(html)?.[1] ?? name;
  const links = Array.from(html.matchAll(/href="([\w-]+\.html)"/g), ([, link = ""]) => link);
  return { name, title, links };
}

tasks(import.meta.url, { readPage });

/** Prints all pages that can be reached, those first that are nearest. `readAll` says who reads. */
export async function crawl(
  first: string,
  readAll: (names: readonly string[]) => PromiseLike<readonly Page[]>,
): Promise<void> {
  const known = new Set([first]);
  for (let next = [first], steps = 0; next.length > 0; steps++) {
    const pages = await readAll(next);
    for (const { name, title } of pages) console.log(`${steps}  ${name.padEnd(12)} ${title}`);
    next = [...new Set(pages.flatMap(({ links }) => links))].filter((link) => !known.has(link));
    for (const link of next) known.add(link);
  }
  console.log(`${known.size} pages`);
}
