/**
 * `npm run docs`: the README, the guides, the pages of rules and of the runtime and what the runtime's docstrings say, as
 * one static site in `out/docs`, which can be searched without a network. A link that leads nowhere ends it with exit code
 * 1. Serve the folder with any static server; `npm run docs -- --serve` does so on 127.0.0.1.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Application } from "typedoc";
import { build, type DefaultTheme, serve, type UserConfig } from "vitepress";
import { type Page, type Section, sectionsOf, withSiteLinks } from "./pages.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What the site is made of. VitePress wants it in one folder, and its own packages above that. */
const staging = `${root}out/site`;
const site = `${root}out/docs`;

const { values } = parseArgs({ options: { serve: { type: "boolean", default: false } } });

const sections = sectionsOf(root);
rmSync(staging, { recursive: true, force: true });
rmSync(site, { recursive: true, force: true });
writePages(sections);
await writeReference(`${staging}/public/api`);
write(`${staging}/.vitepress/config.mjs`, `export default ${JSON.stringify(configuration(sections), undefined, 2)};\n`);
await build(staging);
if (values.serve) await serve({ root: staging });

function writePages(sections: readonly Section[]): void {
  const all = sections.flatMap(({ pages }) => pages);
  const byFile = new Map<string, Page>(all.map((page) => [page.file, page]));
  for (const page of all) {
    const { text, pictures } = withSiteLinks(readFileSync(root + page.file, "utf8"), page, byFile, root);
    write(`${staging}/${page.address}.md`, text);
    for (const picture of pictures) cpSync(root + picture, `${staging}/public/${picture}`);
  }
}

/** What the docstrings of the runtime say; a docstring that is missing or a link in one that leads nowhere is an error. */
async function writeReference(folder: string): Promise<void> {
  const application = await Application.bootstrapWithPlugins({
    options: `${root}runtime/typedoc.json`,
    out: folder,
    readme: "none",
  });
  const project = await application.convert();
  if (project) {
    application.validate(project);
    await application.generateDocs(project, folder);
  }
  if (!project || application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);
}

function configuration(sections: readonly Section[]): UserConfig<DefaultTheme.Config> {
  return {
    title: "Heddle",
    description: "Makes concurrent TypeScript safe to write.",
    lang: "en",
    outDir: site,
    srcExclude: ["public/**"],
    cacheDir: `${root}out/site-cache`,
    // Pages may stand in any folder of any host, and be opened by their file names.
    cleanUrls: false,
    metaChunk: true,
    themeConfig: {
      search: { provider: "local" },
      outline: { level: [2, 3] },
      nav: [
        { text: "Rules", link: "/rules/lock-order-inversion", activeMatch: "^/rules/" },
        { text: "Runtime", link: "/runtime/", activeMatch: "^/runtime/" },
        { text: "API", link: "/api/index.html", target: "_self" },
      ],
      sidebar: sections.map(({ title, pages }) => ({
        text: title,
        collapsed: pages.length > 10,
        items: pages.map(({ title, address }) => ({ text: title, link: `/${address.replace(/(^|\/)index$/, "$1")}` })),
      })),
    },
  };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
