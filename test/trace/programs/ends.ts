/** Ends in the way named on its command line, with a lock taken and given back before. */
import { Lock, main } from "heddle";

const lock = new Lock({ name: "lock" });

main(import.meta.url, () => {
  lock.acquire();
  lock.release();
  const [way] = process.argv.slice(2);
  if (way === "exit") process.exit(5);
  if (way === "throw") throw new Error("on purpose");
  if (way === "uncaught") setImmediate(() => Promise.reject(new Error("on purpose")));
});
