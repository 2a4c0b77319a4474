/** One thread tells, the others wait for it: a traffic light. */
import { Barrier, Event, main, Thread, tasks } from "heddle";

const green = new Event({ name: "green" });
/** Both cars have looked at the light before it turns green. */
const bothSawRed = new Barrier(3, { name: "bothSawRed" });

export function drive(car: string): void {
  if (!green.wait({ timeout: 1 })) console.log(`${car} waits`);
  bothSawRed.wait();
  green.wait();
  console.log(`${car} drives`);
}

tasks(import.meta.url, { drive });

main(import.meta.url, () => {
  const cars = ["red car", "blue car"].map((car) => new Thread({ target: drive, args: [car] }));
  for (const car of cars) car.start();
  bothSawRed.wait();
  console.log(`the light is green: ${green.isSet()}`);
  green.set();
  for (const car of cars) car.join();
  green.clear();
  console.log(`the light is green: ${green.isSet()}`);
});
