#!/usr/bin/env node
// `heddle-server --stdio` is `heddle lsp --stdio`: what editors other than VS Code start.
import process from "node:process";

process.argv.splice(2, 0, "lsp");
await import("./heddle.js");
