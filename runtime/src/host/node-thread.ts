/** The first module of every thread that Heddle starts: prepares the worker, then does the thread's work. */
import { pause } from "../futex.js";
import "../index.js"; // what the library itself runs in threads
import { runThread } from "../run-thread.js";
import { prepareLoader } from "./node-loader.js";
import { printAtOnce } from "./node-output.js";

printAtOnce(pause);
await prepareLoader();
await runThread();
