/** Takes a lock now and then, for a moment that is long enough to be seen. */
import { Lock, main, sleep } from "heddle";

const light = new Lock({ name: "light" });

main(import.meta.url, () => {
  for (let blink = 0; blink < 60; blink++) {
    // Long enough for the last one to be somewhere else in the picture.
    sleep(600 + (blink % 10) * 7);
    light.withLock(() => sleep(100));
  }
});
