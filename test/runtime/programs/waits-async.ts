/** Nothing but async waits keeps this program alive. */
import { Event, Lock, main, Queue, sleep, Thread, tasks } from "heddle";

function giveAll(event: Event, lock: Lock, queue: Queue<string>): void {
  sleep(50); // long enough for main to have nothing left but to wait
  event.set();
  lock.release();
  queue.put("item");
}

tasks(import.meta.url, { giveAll });

main(import.meta.url, async () => {
  const event = new Event();
  const lock = new Lock();
  const queue = new Queue<string>();
  lock.acquire();
  new Thread({ target: giveAll, args: [event, lock, queue], daemon: true }).start();
  console.log(await Promise.all([event.waitAsync(), lock.acquireAsync(), queue.getAsync()]));
});
