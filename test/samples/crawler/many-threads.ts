import { main, Pool } from "heddle";
import { crawl, readPage } from "./crawl.js";

main(import.meta.url, async () => {
  await using pool = new Pool(2);
  await crawl("index.html", (names) => pool.mapAsync(readPage, names));
});
