import { crawl, readPage } from "./crawl.js";

await crawl("index.html", async (names) => names.map(readPage));
