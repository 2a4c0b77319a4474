/** Starts processes one after the other; they print. */
import { main } from "heddle";
import { Process } from "heddle/process";
import {
  describe,
  exitWith,
  fail,
  failLater,
  Greeter,
  nothing,
  print,
  startChild,
  startDaemonsChild,
  startThread,
} from "../process-work.js";

function run(label: string, child: Process<never>): void {
  child.start();
  child.join();
  if (label !== "") console.log(label, child.exitcode);
}

main(import.meta.url, () => {
  const self: Record<string, unknown> = { map: new Map([[1, 2]]), date: new Date(0), task: nothing };
  self.self = self;
  const told = new Process({ target: describe, args: [1, "ü", self, new Uint8Array([4, 5])], name: "told" });
  run("", told);
  console.log(JSON.stringify({ pid: told.pid, parentPid: process.pid }));
  run("greeter", new Greeter("hello"));
  run("child", new Process({ target: startChild, name: "x" }));
  run("thread", new Process({ target: startThread }));
  run("thrown", new Process({ target: fail, args: ["at once"], name: "thrown" }));
  run("rejected", new Process({ target: failLater, args: ["later"], name: "rejected" }));
  run("text", new Process({ target: exitWith, args: ["no number"] }));
  run("daemon's child", new Process({ target: startDaemonsChild, daemon: true }));
  // Nobody joins it: the program waits for it all the same.
  new Process({ target: print, args: ["after the end"] }).start();
  console.log("the end");
});
