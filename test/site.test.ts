import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Page, sectionsOf, withSiteLinks } from "../server/site/pages.js";
import { repositoryRoot } from "./support/repository.js";

const root = repositoryRoot.pathname;
const pages = sectionsOf(root).flatMap((section) => section.pages);
const byFile = new Map(pages.map((page) => [page.file, page]));
const textOf = (page: Page): string => readFileSync(root + page.file, "utf8");

test("every rule, guide and page of a class is on the site, at an address of its own", () => {
  for (const folder of ["server/src/rules", "server/docs", "runtime/docs"]) {
    for (const name of readdirSync(root + folder).filter((name) => name.endsWith(".md"))) {
      assert.ok(byFile.has(`${folder}/${name}`), `${folder}/${name} is on no page`);
    }
  }
  assert.equal(new Set(pages.map(({ address }) => address)).size, pages.length);
  assert.equal(byFile.get("server/src/rules/lock-order-inversion.md")?.address, "rules/lock-order-inversion");
});

test("every link of a page leads to a page, and every fragment to a heading", () => {
  const anchors = new Map(pages.map((page) => [`/${page.address}`, anchorsOf(textOf(page))]));
  let links = 0;
  for (const page of pages) {
    const { text } = withSiteLinks(textOf(page), page, byFile, root);
    for (const [, target = ""] of text.matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (!/^[/#]/.test(target)) continue;
      const [address, fragment] = target.split("#");
      const known = anchors.get(address === "" || address === undefined ? `/${page.address}` : address);
      assert.ok(known, `${page.file}: ${target}`);
      assert.ok(fragment === undefined || known.has(fragment), `${page.file}: ${target} is no heading there`);
      links++;
    }
  }
  assert.ok(links > 100, `only ${links} links were looked at`);
});

test("what is not there is named with the page that links to it; code is left alone", () => {
  const page: Page = { file: "server/docs/a.md", address: "guides/a", title: "A" };
  const linked = (text: string): string => withSiteLinks(text, page, byFile, root).text;
  assert.throws(() => linked("[x](gone.md)"), /server\/docs\/a\.md links to gone\.md, which is not there/);
  assert.throws(() => linked("![x](gone.png)"), /server\/docs\/a\.md shows gone\.png/);
  assert.equal(linked("[x](../src/rules/lock-order-inversion.md#good)"), "[x](/rules/lock-order-inversion#good)");
  assert.equal(linked("[`x`](../../test/samples)"), "[`x`](/samples)");
  assert.equal(linked("[x](../src/analysis.ts), [y](https://example.org/)"), "x, [y](https://example.org/)");
  assert.equal(linked("```md\n[x](gone.md)\n```"), "```md\n[x](gone.md)\n```");
});

/** As GitHub and the site make them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
