import process from "node:process";

/**
 * How long V8 watches a function before it optimises it: four times as long as by default. The type checker and the
 * analysis run thousands of functions for a moment each, of which V8 would compile many in vain: 28 % of the processor
 * time of a check in Node.js 20, 18 % in 22. From 24 on V8 has a cheap compiler before the dear one, and a change gains
 * nothing.
 */
const FLAGS: Readonly<Record<string, string>> = {
  "11": "--interrupt-budget=264000",
  "12": "--invocation-count-for-turbofan=12000",
};

/** What this V8 should run with; by the first number of its version, because V8 complains about flags it does not know. */
export const v8Flag: string | undefined = FLAGS[process.versions.v8.split(".", 1)[0] ?? ""];
