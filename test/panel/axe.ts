/** axe, which knows what people with a screen reader, a keyboard alone or weak eyes need of a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** By all rules that axe has switched on, or only by those that a theme can break. */
type Rules = "all" | "colours";

/** What is wrong with a part of a page as it is now: the rule, what it asks for, and the elements. */
export async function violationsIn(page: Page, part: string, rules: Rules): Promise<readonly string[]> {
  // The page's own policy allows no script but the page's; what a debugger evaluates is none.
  if (await page.evaluate("globalThis.axe === undefined")) await page.evaluate(source);
  const chosen = rules === "all" ? {} : { runOnly: ["color-contrast", "link-in-text-block"] };
  const options = JSON.stringify({ ...chosen, resultTypes: ["violations"] });
  const { violations }: AxeResults = await page.evaluate(`axe.run(${JSON.stringify(part)}, ${options})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any.map(({ message }) => message).join(" ")}`),
  );
}
