import { main } from "heddle";

main(import.meta.url, async () => {
  throw new RangeError("in main");
});
