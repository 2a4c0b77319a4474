/** Three tasks fail, and the program looks at one of the results. */
import { main, Pool } from "heddle";
import { fail } from "../work.js";

main(import.meta.url, async () => {
  const pool = new Pool(1, { name: "careless" });
  const [first] = ["first", "second", "third"].map((message) => pool.applyAsync(fail, [message]));
  pool.close();
  pool.join();
  try {
    first?.get();
  } catch (error) {
    console.log(`seen: ${(error as Error).message}`);
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  console.log("the program goes on");
});
