import { pathToFileURL } from "node:url";

/**
 * Prepares this worker to load the user's modules as its parent does. Node hands a worker the parent's flags, which is
 * enough for type stripping; tsx only registers itself in the main thread, so that is done again here.
 */
export async function prepareLoader(): Promise<void> {
  const loader = tsxLoader();
  if (loader === undefined) return;
  for (const api of ["cjs", "esm"]) {
    const { register } = (await import(new URL(`./${api}/api/index.mjs`, loader).href)) as { register: () => unknown };
    register();
  }
}

function tsxLoader(): URL | undefined {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)];
  const flag = flags.find((part) => /tsx[\\/]dist[\\/]loader\.mjs$/.test(part) || /^(--import=)?tsx$/.test(part));
  if (flag === undefined) return undefined;
  const target = flag.replace(/^--import=/, "");
  const from = target === "tsx" ? import.meta.resolve("tsx") : target;
  return from.startsWith("file:") ? new URL(from) : pathToFileURL(from);
}
