/** The panel's real page, with its real policy, in a real browser, about programs that really ran. */
import "./page-accessibility.js";
import "./page-and-report.js";
import "./page-on-deadlock.js";
import "./page-on-others.js";
import "./page-on-results.js";
import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { repositoryRoot } from "../support/repository.js";
import { browser, deadlock, eventually, lane, server } from "./page-fixture.js";
import { PanelPage } from "./panel-page.js";

suite("the panel's page", () => {
  test("refuses scripts, styles and pictures that are not its own", async () => {
    await using panel = await PanelPage.open(browser, server, deadlock);
    await lane(panel, "t1").waitFor();
    deepEqual(panel.violations, []);
    await panel.page.evaluate(`{
      const script = document.createElement("script");
      script.textContent = "globalThis.isBroken = true";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "/panel.css";
      document.body.append(image);
      document.body.setAttribute("style", "color: red");
    }`);
    await eventually(
      () => Promise.resolve(panel.violations.map((text) => text.split(" ")[0]).sort()),
      (refused) => refused.join() === "img-src,script-src-elem,style-src-attr",
    );
    equal(await panel.page.evaluate("globalThis.isBroken"), undefined);
  });

  test("is small", () => {
    const bytes = ["panel.js", "panel.css"]
      .map((name) => gzipSync(readFileSync(new URL(`dist/${name}`, repositoryRoot))).length)
      .reduce((a, b) => a + b);
    // Twice what it was when this was written. The design allows 150 kB.
    ok(bytes < 45_000, `${bytes} bytes, compressed`);
  });
});
