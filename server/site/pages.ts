/**
 * Which files of the repository become pages of the site, and where they stand there. A file is found by its path in the
 * repository, its page by an address without extension.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** A Markdown file and the page made of it. */
export interface Page {
  /** Path from the root of the repository, e.g. `server/src/rules/lock-order-inversion.md`. */
  readonly file: string;
  /** Address in the site, without extension, e.g. `rules/lock-order-inversion`. */
  readonly address: string;
  /** What stands in the list of pages. */
  readonly title: string;
}

/** A heading of the list of pages and the pages under it. */
export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

const RULES = "server/src/rules";

/** @param root where the repository is; ends with `/` */
export function sectionsOf(root: string): readonly Section[] {
  const page = (file: string, address: string, title?: string): Page => ({
    file,
    address,
    title: title ?? titleOf(readFileSync(root + file, "utf8"), file),
  });
  const folder = (path: string, address: string): readonly Page[] =>
    readdirSync(root + path)
      .filter((name) => name.endsWith(".md"))
      .sort()
      .map((name) => page(`${path}/${name}`, `${address}/${posix.basename(name, ".md")}`));
  return [
    { title: "Start", pages: [page("README.md", "index", "Heddle"), page("test/samples/README.md", "samples")] },
    { title: "Editors and terminals", pages: folder("server/docs", "guides") },
    {
      title: "Runtime",
      pages: [page("runtime/README.md", "runtime/index", "Overview"), ...folder("runtime/docs", "runtime")],
    },
    { title: "Rules", pages: folder(RULES, "rules") },
    { title: "Inside", pages: [page("ARCHITECTURE.md", "architecture"), page("CHANGELOG.md", "changes")] },
  ];
}

function titleOf(text: string, file: string): string {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new Error(`${file} has no title: a page begins with a line \`# …\`.`);
  return title;
}

/**
 * A page's text with the links of the repository turned into those of the site. Pictures keep their path in the
 * repository; what is neither page nor picture is named and leads nowhere, since only a clone has it.
 * @throws Error that names page and link where there is no such file
 */
export function withSiteLinks(
  text: string,
  page: Page,
  pages: ReadonlyMap<string, Page>,
  root: string,
): { readonly text: string; readonly pictures: readonly string[] } {
  const pictures: string[] = [];
  const linked = outsideOfCode(text, (prose) =>
    prose.replace(
      /(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)/g,
      (whole, mark: string, shown: string, target: string) => {
        if (/^(?:[a-z]+:|#)/.test(target)) return whole;
        const [path = "", fragment] = target.split("#");
        const file = posix.normalize(posix.join(posix.dirname(page.file), path)).replace(/\/$/, "");
        if (mark === "!") {
          if (!existsSync(root + file)) throw new Error(`${page.file} shows ${target}, which is not there.`);
          pictures.push(file);
          return `![${shown}](/${file})`;
        }
        const to = pages.get(file) ?? pages.get(`${file}/README.md`);
        if (to) return `[${shown}](/${to.address}${fragment === undefined ? "" : `#${fragment}`})`;
        if (!existsSync(root + file)) throw new Error(`${page.file} links to ${target}, which is not there.`);
        return shown;
      },
    ),
  );
  return { text: linked, pictures };
}

/** Applies `change` to all but blocks and spans of code; a generic type written in prose must not be read as an element. */
function outsideOfCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$|^~~~[\s\S]*?^~~~$)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
}
