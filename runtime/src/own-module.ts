import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { StateError } from "./errors.js";

const found = new Set<string>();

/**
 * The address of a module of this library that a worker begins with.
 * @throws StateError it is not there, because a bundler has put the library into one file
 */
export function ownModule(url: URL): URL {
  if (found.has(url.href)) return url;
  // A worker of a file that is not there would end without a word, and who blocks would wait for it for ever.
  if (url.protocol === "file:" && !existsSync(fileURLToPath(url))) {
    throw new StateError(
      `${url.href.slice(url.href.lastIndexOf("/") + 1)} is not beside ${import.meta.url}: the library was bundled, and ` +
        "its threads cannot start from a bundle. Leave it out: esbuild --external:heddle, Vite ssr.external.",
    );
  }
  found.add(url.href);
  return url;
}
