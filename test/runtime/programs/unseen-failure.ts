/** Three tasks fail, and the program looks at one of the results; with an argument, it has a hook for errors. */
import { type ExceptHookArgs, main, Pool, setExcepthook, tasks } from "heddle";
import { fail } from "../work.js";

function hook({ error, thread }: ExceptHookArgs): void {
  const { message, errors } = error as AggregateError;
  console.log(`the hook in ${thread.name}: ${message}: ${errors.join(", ")}`);
}

tasks(import.meta.url, { hook });

main(import.meta.url, async () => {
  if (process.argv.length > 2) setExcepthook(hook);
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
