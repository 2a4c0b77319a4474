/** A thread that calls a function later, unless it is cancelled. What follows its start does not wait for it. */
import { Event, main, Timer, tasks } from "heddle";

const mainGoesOn = new Event({ name: "mainGoesOn" });

export function hello(name: string): void {
  mainGoesOn.wait();
  console.log(`Hello, ${name}!`);
}

tasks(import.meta.url, { hello });

main(import.meta.url, () => {
  const timer = new Timer(100, hello, ["dongGe"]);
  timer.start();
  console.log("main goes on");

  const never = new Timer(60_000, hello, ["nobody"]);
  never.start();
  never.cancel();
  never.join();
  console.log("the other one was cancelled");
  mainGoesOn.set();
  timer.join();
});
