import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { managersOf } from "../../client/src/first-contact/package-managers.js";

test("a folder's package manager is told by its manifest, else by lock files, else it is npm", () => {
  const names = (files: readonly string[], manifest?: unknown): readonly string[] =>
    managersOf(files, manifest).map(({ name }) => name);
  deepEqual(names([]), ["npm"]);
  deepEqual(names(["package.json", "package-lock.json"], {}), ["npm"]);
  deepEqual(names(["pnpm-lock.yaml"], { packageManager: 7 }), ["pnpm"]);
  deepEqual(names(["yarn.lock", "bun.lockb"], null), ["yarn", "bun"]);
  deepEqual(names(["bun.lock"]), ["bun"]);
  deepEqual(names(["yarn.lock", "package-lock.json"], { packageManager: "pnpm@9.1.0+sha512.abc" }), ["pnpm"]);
  deepEqual(names(["yarn.lock"], { packageManager: "vlt@1.0.0" }), ["yarn"]);
  deepEqual(
    managersOf(["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"], {}).map(({ name, add }) =>
      [name, ...add("vendor/heddle-1.0.0.tgz", name !== "npm")].join(" "),
    ),
    [
      "npm install ./vendor/heddle-1.0.0.tgz --no-audit --no-fund --prefix .",
      "pnpm add ./vendor/heddle-1.0.0.tgz",
      "yarn add heddle@file:./vendor/heddle-1.0.0.tgz",
      "bun add ./vendor/heddle-1.0.0.tgz",
    ],
  );
});
