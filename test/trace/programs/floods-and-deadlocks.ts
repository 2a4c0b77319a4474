/** The main thread does more than finds room in a small file, and then takes a lock twice. */
import { Lock, main } from "heddle";

const busy = new Lock({ name: "busy" });
const twice = new Lock({ name: "twice" });

main(import.meta.url, () => {
  for (let i = 0; i < 20_000; i++) {
    busy.acquire();
    busy.release();
  }
  twice.acquire();
  twice.acquire();
});
