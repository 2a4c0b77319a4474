/** The library as a browser's worker loads it, and the beginning of the thread's work. */
import { begin } from "../begin.js";
import "../index.js"; // what the library itself runs in threads, and every kind of cell
import { live } from "./browser.js";

void live().then(begin);
