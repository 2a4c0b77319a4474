/** Ends with a pool of processes that is open and computes. */
import { main } from "heddle";
import { Pool } from "heddle/process";
import { computeForEver, square } from "../process-work.js";

main(import.meta.url, () => {
  const pool = new Pool(2);
  pool.applyAsync(computeForEver);
  console.log(pool.apply(square, [2]));
});
