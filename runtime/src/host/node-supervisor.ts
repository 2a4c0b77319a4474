/** The first module of the supervisor's worker. */
import "../index.js"; // every kind of cell, for what is dropped here
import { supervise } from "../supervisor.js";

supervise();
