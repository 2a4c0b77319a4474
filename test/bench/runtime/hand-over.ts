/** Two threads that wake each other in turn, against bare waits and notifies. */
import { Worker } from "node:worker_threads";
import { Condition, Event, SharedValue, Thread } from "heddle";
import { answerCondition, answerEvents } from "../peers/tasks.js";
import type { Bench, Contestant } from "../races.js";

const BARE = "Atomics.wait and notify";
/** At most 1.3 times the time. */
const GOAL = 1 / 1.3;

function bare(): Contestant {
  const word = new Int32Array(new SharedArrayBuffer(4));
  new Worker(new URL("../peers/raw-worker.js", import.meta.url), { workerData: { word } }).unref();
  return {
    name: BARE,
    run(times) {
      for (let i = 0; i < times; i++) {
        Atomics.store(word, 0, 1);
        Atomics.notify(word, 0);
        while (Atomics.load(word, 0) === 1) Atomics.wait(word, 0, 1);
      }
      return times;
    },
  };
}

function events(): Contestant {
  const [ping, pong] = [new Event(), new Event()];
  new Thread({ target: answerEvents, args: [ping, pong], daemon: true }).start();
  return {
    name: "Event",
    against: { [BARE]: GOAL },
    run(times) {
      for (let i = 0; i < times; i++) {
        ping.set();
        pong.wait();
        pong.clear();
      }
      return times;
    },
  };
}

function condition(): Contestant {
  const [changed, turn] = [new Condition(), new SharedValue("i32", 0)];
  new Thread({ target: answerCondition, args: [changed, turn], daemon: true }).start();
  return {
    name: "Condition",
    against: { [BARE]: GOAL },
    run(times) {
      changed.acquire();
      for (let i = 0; i < times; i++) {
        turn.value += 1;
        changed.notify();
        changed.waitFor(() => turn.value % 2 === 0);
      }
      changed.release();
      return times;
    },
  };
}

export const bench: readonly Bench[] = [
  { title: "Hand-over and back", unit: "rounds", contestants: () => [bare(), events(), condition()] },
];
