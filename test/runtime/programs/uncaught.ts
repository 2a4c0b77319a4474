import { main, Thread, tasks } from "heddle";

function failing(): never {
  throw new RangeError("in the thread");
}

tasks(import.meta.url, { failing });

main(import.meta.url, () => {
  const thread = new Thread({ target: failing, name: "failing" });
  thread.start();
  thread.join();
  console.log("joined");
});
