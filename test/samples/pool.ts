/** A pool runs more tasks than it has threads: one by one, all at once, and as a map. */
import { getIdent, main, Pool, sleep, tasks } from "heddle";

export function worker(msg: number): string {
  console.log(`${msg} begins`);
  sleep(20 * (3 - (msg % 3)));
  console.log(`${msg} is done`);
  return `${msg}: ok`;
}

export function square(n: number): number {
  return n * n;
}

export function ident(): number {
  return getIdent();
}

tasks(import.meta.url, { worker, square, ident });

main(import.meta.url, () => {
  const po = new Pool(3);

  console.log("----apply----");
  for (let i = 0; i < 3; i++) po.apply(worker, [i]);

  console.log("----applyAsync----");
  const results = [];
  for (let i = 3; i < 10; i++) results.push(po.applyAsync(worker, [i]));
  console.log(results.map((result) => result.get()).join(", "));

  console.log("----map----");
  console.log(po.map(square, [1, 2, 3, 4, 5]).join(", "));
  console.log(`in a thread of its own: ${po.apply(ident) !== getIdent()}`);

  po.close();
  po.join();
  console.log("-----end-----");
});
