/** The first module of every thread that Heddle starts: prepares the worker, then does the thread's work. */
import { begin } from "../begin.js";
import "../index.js"; // what the library itself runs in threads
import { prepareLoader } from "./node-loader.js";

await prepareLoader();
await begin();
