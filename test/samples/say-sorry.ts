/** Five threads do what one does five times, all at the same time. */
import { Barrier, main, Thread, tasks } from "heddle";

/** All five are here at once, or it would never open. */
const everyone = new Barrier(5, { name: "everyone" });

export function saySorry(): void {
  console.log("I am sorry. May I eat now?");
  everyone.wait();
}

tasks(import.meta.url, { saySorry });

main(import.meta.url, () => {
  for (let i = 0; i < 5; i++) {
    const t = new Thread({ target: saySorry });
    t.start(); // it begins to run, beside this one
  }
});
