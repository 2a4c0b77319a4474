import { deepEqual, equal, match } from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { repository } from "../client/host/repository.js";
import { NpmStart } from "./vscode/npm-start.js";

test("npm start --check prints what the linter says and stops", async () => {
  const start = new NpmStart({}, "--check");
  equal(await start.ended, 0, start.printed);
  match(start.printed, /unguarded-shared-mutation/);
  match(start.printed, /lock-order-inversion/);
});

test("npm start hands the package and the samples to the `code` of the PATH, with folders of its own", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-code-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "calls");
  // Stands where the desktop application's command would be, and writes down how it was called.
  if (process.platform === "win32") writeFileSync(join(folder, "code.cmd"), `@echo %*>>"${log}"\r\n`);
  else writeFileSync(join(folder, "code"), `#!/bin/sh\necho "$@" >>'${log}'\n`);
  if (process.platform !== "win32") chmodSync(join(folder, "code"), 0o755);

  const start = new NpmStart({ PATH: `${folder}${delimiter}${process.env.PATH}` });
  equal(await start.ended, 0, start.printed);

  const calls = readFileSync(log, "utf8").replaceAll('"', "").trim().split(/\r?\n/);
  const [, scratch] = /--user-data-dir (.+?)[\\/]user-data /.exec(calls[0] ?? "") ?? [];
  const own = `--user-data-dir ${join(`${scratch}`, "user-data")} --extensions-dir ${join(`${scratch}`, "extensions")}`;
  deepEqual(calls, [
    `${own} --install-extension ${join(`${scratch}`, "heddle.vsix")}`,
    `${own} --disable-workspace-trust --new-window --wait ${join(repository, "test", "samples")}`,
  ]);
});

test("npm start tells what it cannot do", async () => {
  const start = new NpmStart({}, "--verbose");
  equal(await start.ended, 2);
  equal(start.printed.split("\n")[0], "Unknown option '--verbose'");
});
