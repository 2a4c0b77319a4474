/** A task runs beside main, and a callback of main's gets what it returns: main has gone on meanwhile. */
import { Event, getIdent, main, Pool, tasks } from "heddle";

const go = new Event({ name: "go" });

export function test(): string {
  go.wait();
  for (let i = 0; i < 3; i++) console.log(`----${i}---`);
  return "hahah";
}

tasks(import.meta.url, { test });

main(import.meta.url, () => {
  const me = getIdent();
  const pool = new Pool(3);
  pool.applyAsync(test, [], {
    callback(value) {
      console.log(`---callback---in main: ${getIdent() === me}, it got ${value}`);
    },
  });
  console.log("----main goes on----");
  go.set();
});
