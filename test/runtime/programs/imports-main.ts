/** Importing a program does not run it. */
import "./main-fails.js";

console.log("imported");
