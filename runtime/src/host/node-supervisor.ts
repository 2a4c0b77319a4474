/** The first module of the supervisor's worker. */
import { begin } from "../begin.js";
import "../index.js"; // every kind of cell, for what is dropped here

await begin();
