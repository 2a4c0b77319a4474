/** One after the other, in the main thread: what say-sorry.ts does at once takes five times as long here. */
import { main, sleep } from "heddle";

function saySorry(): void {
  console.log("I am sorry. May I eat now?");
  sleep(100);
}

main(import.meta.url, () => {
  const begin = performance.now();
  for (let i = 0; i < 5; i++) saySorry();
  console.log(`it took half a second: ${performance.now() - begin >= 490}`);
});
