/**
 * Heddle in a real VS Code: run from the repository, and installed from its package into one with nothing else. All of
 * it is one file, so that one process sets up and the machine runs one VS Code at a time.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageExtension } from "../client/host/package-extension.js";
import { createProfile, quietSettings } from "../client/host/workbench.js";
import { runInHost } from "./vscode/in-host.js";
import { vscodeUnderTest } from "./vscode/vscode-under-test.js";

const scratch = mkdtempSync(join(tmpdir(), "heddle-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const folder = join(scratch, "folder");
mkdirSync(folder);
const vsix = join(scratch, "heddle.vsix");

const vscode = await vscodeUnderTest();
before(() => packageExtension(vsix));

for (const installed of [false, true]) {
  test(`inside a VS Code with Heddle ${installed ? "installed from its package" : "from the repository"}`, async (t) => {
    const own = join(scratch, installed ? "installed" : "developed");
    const profile = createProfile(own, quietSettings);
    if (installed) await vscode.install(vsix, profile);
    for (const { name, error } of await runInHost(vscode, { folder, profile, installed, scratch: own })) {
      await t.test(name, () => {
        if (error !== undefined) throw new Error(error);
      });
    }
  });
}
