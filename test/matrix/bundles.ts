/** Programs as esbuild makes them for a browser, with the library and the file in which its threads begin. */
import { build } from "esbuild";

export interface BrowserBundle {
  readonly outdir: string;
  /** The programs' files by their name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly splitting?: boolean;
}

export async function bundleForBrowser({ outdir, programs, splitting = false }: BrowserBundle): Promise<void> {
  await build({
    entryPoints: { ...programs, "heddle-worker": "heddle/worker" },
    outdir,
    splitting,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
  });
}
