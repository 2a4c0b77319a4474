#!/usr/bin/env node
// A committed launcher: npm links no binary whose file is missing at install time, and dist/ is built later.
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(import.meta.url);
try {
  require.resolve("../dist/heddle.cjs");
} catch {
  console.error("heddle: dist/heddle.cjs is missing; run `npm run build` in the repository first.");
  process.exit(2);
}
require("../dist/heddle.cjs");
