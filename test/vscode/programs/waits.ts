/** A thread that waits until somebody ends the program. */
import { Event, main } from "heddle";

const never = new Event({ name: "never" });

main(import.meta.url, () => {
  never.wait();
});
