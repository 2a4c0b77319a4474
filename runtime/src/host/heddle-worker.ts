/**
 * The script of a browser's worker in which a thread begins. It waits for what the thread is given, because the library
 * is laid out over that memory as soon as it is evaluated, and then loads the library.
 */
import type { Handed } from "./browser.js";

interface WorkerScope {
  onmessage: ((event: { readonly data: { readonly heddle?: Handed } }) => void) | null;
  "heddle.handed.1"?: Handed;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  if (data.heddle === undefined) return;
  scope.onmessage = null;
  scope["heddle.handed.1"] = data.heddle;
  void import("./browser-thread.js");
};
