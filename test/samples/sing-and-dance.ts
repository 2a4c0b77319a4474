/** The main thread is done first, but the program waits for the others. */
import { Event, main, Thread, tasks } from "heddle";

const mainIsDone = new Event({ name: "mainIsDone" });

export function sing(): void {
  mainIsDone.wait();
  for (let i = 0; i < 3; i++) console.log(`singing... ${i}`);
}

export function dance(): void {
  mainIsDone.wait();
  for (let i = 0; i < 3; i++) console.log(`dancing... ${i}`);
}

tasks(import.meta.url, { sing, dance });

main(import.meta.url, () => {
  console.log("--- begin ---");
  new Thread({ target: sing }).start();
  new Thread({ target: dance }).start();
  console.log("--- end ---");
  mainIsDone.set();
});
