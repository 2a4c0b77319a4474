/** Has a pool work where every thread does. */
import { Pool, tasks } from "heddle";

export function square(n: number): number {
  return n * n;
}

tasks(import.meta.url, { square });

new Pool(2).map(square, [1, 2, 3]);
