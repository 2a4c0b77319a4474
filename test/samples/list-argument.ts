/** A list is passed to threads: a SharedList is the same one there, an array would be a copy. */
import { main, SharedList, Thread, tasks } from "heddle";

export function work1(nums: SharedList<number>, copy: number[]): void {
  nums.push(44);
  copy.push(44);
  console.log("----in work1---", nums.slice());
}

export function work2(nums: SharedList<number>, copy: number[]): void {
  console.log("----in work2---", nums.slice(), "and the copy", copy);
}

tasks(import.meta.url, { work1, work2 });

main(import.meta.url, () => {
  const nums = new SharedList([11, 22, 33]);
  const plain = [11, 22, 33];
  const t1 = new Thread({ target: work1, args: [nums, plain] });
  t1.start();
  t1.join();
  const t2 = new Thread({ target: work2, args: [nums, plain] });
  t2.start();
  t2.join();
});
