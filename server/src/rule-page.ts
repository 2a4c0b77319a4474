import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Beside the bundle. In the bundle, which is CommonJS, `import.meta` says nothing and `__dirname` does. */
const here = typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));

/** The file with the documentation of a rule: Markdown, shipped with the server. */
export function rulePage(id: string): string {
  return join(here, "rules", `${id}.md`);
}
