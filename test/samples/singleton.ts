/** One object for the whole program, whichever thread asks first; and a function that one thread at a time may run. */
import { main, once, SharedMap, SharedValue, synchronized, Thread, tasks } from "heddle";

const made = new SharedValue("i32", 0, { name: "made" });
const visits = new SharedMap<string, number>([], { name: "visits" });

/** The only settings of the program. Who comes while they are made waits for them. */
function settings(): SharedMap<string, string> {
  return once("settings", () => {
    made.add(1);
    return new SharedMap([["language", "TypeScript"]]);
  });
}

/** Reads and writes in two steps, so one thread at a time. */
const countVisit = synchronized("counting")((page: string): void => {
  visits.set(page, (visits.get(page) ?? 0) + 1);
});

export function visit(times: number): void {
  if (settings().get("language") !== "TypeScript") throw new Error("These are not the settings.");
  for (let i = 0; i < times; i++) countVisit("home");
}

tasks(import.meta.url, { visit });

main(import.meta.url, () => {
  const threads = [1, 2, 3, 4].map(() => new Thread({ target: visit, args: [1000] }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log(`made ${made.value} time, the home page was visited ${visits.get("home")} times`);
});
