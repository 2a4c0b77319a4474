/** Queues: one thread puts, another gets, against a MessagePort and CPython's queue between processes. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { Queue, Thread } from "heddle";
import { endPython, hasPython, python } from "../peers/python.js";
import { type Payload, putItems } from "../peers/tasks.js";
import type { Bench, Contestant } from "../races.js";

/** Items that may lie in the queue, so that neither side runs far ahead. */
const ROOM = 1000;

function heddle(kind: Payload): Contestant & { end(): void } {
  const orders = new Queue<number>();
  const items = new Queue<unknown>(ROOM);
  new Thread({ target: putItems, args: [orders, items, kind], daemon: true }).start();
  return {
    name: kind,
    run(times) {
      orders.put(times);
      for (let i = 0; i < times; i++) items.get();
      return times;
    },
    end: () => orders.put(0),
  };
}

function port(kind: Payload): Contestant & { end(): void } {
  const { port1, port2 } = new MessageChannel();
  const writer = new Worker(new URL("../peers/port-writer.js", import.meta.url), {
    workerData: { port: port2, kind },
    transferList: [port2],
  });
  return {
    name: "MessagePort",
    run: (times) => received(port1, times),
    end: () => {
      port1.close();
      void writer.terminate();
    },
  };
}

function received(from: MessagePort, times: number): Promise<number> {
  return new Promise((resolve) => {
    let left = times;
    const count = (): void => {
      if (--left > 0) return;
      from.off("message", count);
      resolve(times);
    };
    from.on("message", count);
    from.postMessage(times);
  });
}

const PYTHON_PAYLOADS: Readonly<Record<Payload, string>> = {
  "16 bytes": "'sixteen bytes in'",
  object: "{'id': 7, 'name': 'an item', 'tags': ['a', 'b'], 'at': 1.5}",
  "64 KB": "bytes(65536)",
};

function cpython(kind: Payload): Contestant {
  const code = `from multiprocessing import Process, Queue
def put_items(orders, items):
    item = ${PYTHON_PAYLOADS[kind]}
    while (times := orders.get()) > 0:
        for _ in range(times): items.put(item)
def run(times):
    orders.put(times)
    for _ in range(times): items.get()
`;
  const setup = [
    `orders, items = Queue(), Queue(${ROOM})`,
    "Process(target=put_items, args=(orders, items), daemon=True).start()",
  ];
  return python("CPython", code, setup.join("\n"));
}

function queues(kind: Payload, overPort: number, overPython?: number): Bench {
  let ends: (() => void)[] = [];
  return {
    title: "Queue between two threads",
    unit: "items",
    contestants() {
      const [mine, theirs] = [heddle(kind), port(kind)];
      ends = [mine.end, theirs.end, endPython];
      return [
        theirs,
        ...(hasPython ? [cpython(kind)] : []),
        { ...mine, against: { MessagePort: overPort, CPython: overPython } },
      ];
    },
    end() {
      for (const end of ends) end();
    },
  };
}

export const bench: readonly Bench[] = [queues("16 bytes", 3, 10), queues("object", 1.2), queues("64 KB", 0.9)];
