/** A thread writes while main is blocked, through everything that writes, and more than a pipe holds. */
import { main, Thread, tasks } from "heddle";

function write(): void {
  console.log("log");
  process.stdout.write("write\n");
  console.error("error");
  for (let i = 0; i < 3000; i++) console.log(`${i}`.padStart(99, "."));
}

tasks(import.meta.url, { write });

main(import.meta.url, () => {
  const thread = new Thread({ target: write });
  thread.start();
  thread.join();
  // Only what the thread has written by now gets out.
  process.kill(process.pid, "SIGKILL");
});
