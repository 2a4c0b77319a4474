import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Beside the bundle. In the bundle, which is CommonJS, `import.meta` says nothing and `__dirname` does. */
const here = typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));

/** A file of the runtime that ships with the command line, for programs that have none. */
export function ownRuntime(file: string): string {
  return join(here, "runtime", file);
}
