import { fileURLToPath, pathToFileURL } from "node:url";

const endings: Readonly<Record<string, string>> = {
  typescript: ".ts",
  typescriptreact: ".tsx",
  javascript: ".js",
  javascriptreact: ".jsx",
};

/**
 * The path of a document for the engine; undefined for what is neither on disk nor new, such as the old side of a
 * comparison. A document that has no file yet gets a path below `folder` that no file can have, so that its imports
 * still find what is installed there.
 */
export function fileOfUri(uri: string, languageId: string, folder: string): string | undefined {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    return undefined; // An editor may name documents as it likes; one that is no URI is none of ours.
  }
  if (url.protocol === "file:") return pathOf(url);
  if (url.protocol !== "untitled:") return undefined;
  // `code new-file.ts` opens `untitled:/path/new-file.ts`: new, but with a place of its own.
  if (url.pathname.startsWith("/")) return pathOf(new URL(`file://${url.pathname}`));
  return `${folder}/^untitled/${decodeURIComponent(url.pathname)}${endings[languageId] ?? ".ts"}`;
}

/** True for the paths above that stand for no place on disk. */
export function isUntitled(file: string): boolean {
  return file.includes("/^untitled/");
}

export function uriOfFile(file: string): string {
  return pathToFileURL(file).href;
}

function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url).replaceAll("\\", "/");
  } catch {
    return undefined; // A file on another host, which Node cannot read.
  }
}
