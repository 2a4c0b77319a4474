/** Packages that the runtime is measured against: installed once, into a cache outside the repository. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cached } from "../../../client/host/cache.js";
import { npm } from "../../../client/host/run.js";

const PACKAGES = [
  "async-mutex@0.5.0",
  "async-sema@3.1.1",
  "multithreading@0.3.52",
  "piscina@5.3.2",
  "tinypool@2.2.0",
  "workerpool@10.0.3",
];

const folder = await cached(`bench-peers-${PACKAGES.join("-").replaceAll("@", "-")}`, async (draft) => {
  writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true }));
  await npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES], { cwd: draft });
  writeFileSync(join(draft, "workerpool-tasks.cjs"), 'require("workerpool").worker({ identity: (n) => n });\n');
});
const require = createRequire(join(folder, "package.json"));

// Node has it from version 21 on, and `multithreading` asks for it.
if (!("navigator" in globalThis)) {
  Object.assign(globalThis, { navigator: { hardwareConcurrency: availableParallelism() } });
}

/** The module of a package. */
export async function peer<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(resolved(name)).href)) as T;
}

/** A package that offers `import` alone has no file for `require` to find. */
function resolved(name: string): string {
  try {
    return require.resolve(name);
  } catch {
    return join(folder, "node_modules", name, "src/node/lib.js");
  }
}

/** A worker of workerpool's, which has to find that package. */
export const workerpoolTasks = join(folder, "workerpool-tasks.cjs");
