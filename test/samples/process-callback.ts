/** A task runs in another process, and a callback of main's gets what it returns. */
import { main, tasks } from "heddle";
import { Pool } from "heddle/process";

export function test(parent: number): string {
  console.log(`---in the pool---, in another process: ${process.pid !== parent}`);
  for (let i = 0; i < 3; i++) console.log(`----${i}---`);
  return "hahah";
}

tasks(import.meta.url, { test });

main(import.meta.url, () => {
  const me = process.pid;
  const pool = new Pool(3);
  const result = pool.applyAsync(test, [me], {
    callback(value) {
      console.log(`---callback---in main: ${process.pid === me}, it got ${value}`);
    },
  });
  result.wait();
  pool.close();
  pool.join();
});
