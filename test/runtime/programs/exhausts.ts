/** Run with a small heap and a small arena: tasks and items that need more than there is, beside a thread that works. */
import { main, Pool, Queue, Thread } from "heddle";
import { doubleAll, exhaustHeap, returnMegabytes } from "../bad-input-work.js";
import { square } from "../work.js";

const LARGE = "x".repeat(20_000_000);

async function nameOfError(action: () => unknown): Promise<string> {
  try {
    await action();
    return "no error";
  } catch (error) {
    return (error as Error).name;
  }
}

main(import.meta.url, async () => {
  const [numbers, doubled, queue] = [new Queue<number>(), new Queue<number>(), new Queue<unknown>()];
  const other = new Thread({ target: doubleAll, args: [numbers, doubled] });
  other.start();
  await using pool = new Pool(1);
  console.log(`heap: ${await nameOfError(() => pool.apply(exhaustHeap))}`);
  console.log(`item: ${await nameOfError(() => queue.put(LARGE))}, and the queue holds ${queue.qsize()}`);
  console.log(`async item: ${await nameOfError(() => queue.putAsync(LARGE))}, and the queue holds ${queue.qsize()}`);
  console.log(`argument: ${await nameOfError(() => pool.apply(square, [LARGE] as never))}`);
  console.log(`result: ${await nameOfError(() => pool.apply(returnMegabytes, [20]))}`);
  queue.put(7);
  numbers.put(21);
  console.log(`a small item: ${queue.get()}, a task: ${pool.apply(square, [7])}, the other thread: ${doubled.get()}`);
  numbers.put(0);
});
