/** The first module of every child process. */
import "./index.js"; // what may stand in its errand
import { runProcess } from "./run-process.js";

await runProcess();
