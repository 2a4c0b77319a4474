/** What a thread knows of itself, and what others know of it. `run` instead of `start` starts nothing. */
import { currentThread, Event, getIdent, main, mainThread, Thread, tasks } from "heddle";

export function introduce(introduced: Event, renamed: Event): void {
  console.log(`I am ${currentThread().name}, and not ${mainThread().name}: ${getIdent() !== mainThread().ident}`);
  introduced.set();
  renamed.wait();
  console.log(`Now I am ${currentThread().name}`);
}

export function whoRuns(): void {
  console.log(`it runs in ${currentThread().name}`);
}

tasks(import.meta.url, { introduce, whoRuns });

main(import.meta.url, () => {
  const introduced = new Event();
  const renamed = new Event();
  const t = new Thread({ target: introduce, args: [introduced, renamed], name: "first" });
  console.log(`before the start: alive ${t.isAlive()}, ident ${t.ident}, daemon ${t.daemon}`);
  t.start();
  introduced.wait();
  console.log(`after the start: alive ${t.isAlive()}, ident is a number: ${typeof t.ident === "number"}`);
  t.name = "second";
  renamed.set();
  t.join();
  console.log(`after the end: alive ${t.isAlive()}`);
  new Thread({ target: whoRuns }).run();
});
