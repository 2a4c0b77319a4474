/** Main ends while a thread waits for it to have done so; the argument says what kind of thread. */
import { Event, main, Thread, tasks } from "heddle";

const mainEnds = new Event({ name: "mainEnds" });

function afterMain(): void {
  mainEnds.wait();
  console.log("thread");
}

function neverEnds(): void {
  new Event().wait();
}

tasks(import.meta.url, { afterMain, neverEnds });

main(import.meta.url, () => {
  const daemon = process.argv[2] === "daemon";
  new Thread({ target: daemon ? neverEnds : afterMain, daemon }).start();
  console.log("main");
  mainEnds.set();
});
