import { main } from "heddle";
import { Manager } from "heddle/process";
import { crawl, readPage } from "./crawl.js";

main(import.meta.url, async () => {
  using redis = Manager.connect(`redis://${process.env.REDIS_HOST ?? "127.0.0.1:6379"}`);
  await using pool = redis.pool({ name: "crawl", lease: 2000 });
  await crawl("index.html", (names) => pool.mapAsync(readPage, names));
});
