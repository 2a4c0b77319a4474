/** Run with a small heap: a task uses it up. */
import { main, Pool } from "heddle";
import { exhaustHeap, square } from "../work.js";

main(import.meta.url, async () => {
  using pool = new Pool(1);
  try {
    pool.apply(exhaustHeap);
  } catch (error) {
    console.log((error as Error).name);
  }
  console.log(await pool.applyAsync(square, [7]));
});
