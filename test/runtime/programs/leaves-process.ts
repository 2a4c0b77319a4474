/** Ends while a process of its own is starting. */
import { main } from "heddle";
import { Process } from "heddle/process";
import { exitWith } from "../process-work.js";

main(import.meta.url, () => {
  new Process({ target: exitWith, args: [3] }).start();
  console.log("bye");
});
