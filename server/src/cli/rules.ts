import { readFileSync } from "node:fs";
import process from "node:process";
import { rulePage } from "../rule-page.js";
import { rules } from "../rules/index.js";
import { type Command, oneOf, UsageError } from "./arguments.js";

/** `heddle rules`: what can be found. */
export const listRules: Command = {
  name: "rules",
  operands: "[id]",
  summary: "lists the rules; with an id, prints the page of the rule",
  options: {},
  async run({ operands: [id, ...more] }) {
    if (more.length > 0) throw new UsageError("rules takes one id at most");
    if (id === undefined) {
      const width = Math.max(...[...rules.keys()].map((name) => name.length));
      for (const [name, { severity, title }] of [...rules].sort()) {
        process.stdout.write(`${name.padEnd(width)}  ${severity.padEnd("warning".length)}  ${title}\n`);
      }
      return 0;
    }
    process.stdout.write(readFileSync(rulePage(oneOf("rule", id, [...rules.keys()])), "utf8"));
    return 0;
  },
};
