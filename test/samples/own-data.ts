/** What a thread has for itself needs no lock: each instance's fields travel with it. */
import { main, Thread, tasks } from "heddle";

export class MyThread extends Thread {
  private num: number;

  constructor(name: string, num: number) {
    super({ name });
    this.num = num;
  }

  override run(): void {
    this.num += 1;
    console.log(`thread(${this.name}), num=${this.num}`);
  }
}

tasks(import.meta.url, { MyThread });

main(import.meta.url, () => {
  const t1 = new MyThread("first", 100);
  t1.start();
  const t2 = new MyThread("second", 200);
  t2.start();
});
