/** Starts a thread where every thread does. */
import { Thread, tasks } from "heddle";

export function nothing(): void {}

tasks(import.meta.url, { nothing });

const thread = new Thread({ target: nothing });
thread.start();
thread.join();
