/** Starts a process whenever it is loaded, and so in the process as well. */
import { tasks } from "heddle";
import { Process } from "heddle/process";

function nothing(): void {}

tasks(import.meta.url, { nothing });

new Process({ target: nothing }).start();
