/** The first module of every thread that Heddle starts: prepares the worker, then does the thread's work. */
import { prepareLoader } from "./loader.js";
import { writeAtOnce } from "./output.js";
import { runThread } from "./run-thread.js";

writeAtOnce();
await prepareLoader();
await runThread();
