/** Records itself in the file named on its command line. */
import { Lock, main, Thread, tasks } from "heddle";
import { startRecording } from "heddle/trace";

const lock = new Lock({ name: "lock" });

export function takeOnce(): void {
  lock.withLock(() => {});
}

tasks(import.meta.url, { takeOnce });

main(import.meta.url, () => {
  takeOnce();
  const [file = ""] = process.argv.slice(2);
  startRecording({ file });
  try {
    startRecording({ file });
  } catch (error) {
    console.log((error as Error).message);
  }
  takeOnce();
  const helper = new Thread({ target: takeOnce, name: "helper" });
  helper.start();
  helper.join();
});
