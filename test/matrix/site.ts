/** A folder of scripts as pages in a real browser. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import type { Start } from "./probing.js";

/** The headers without which a page has no shared memory. */
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** What the probes' program prints when it is done. */
const DONE = "{}";

export interface SiteOptions {
  /** Whether the pages get shared memory. By default they do. */
  readonly isIsolated?: boolean;
}

/** Serves a folder; `/page/x` is a page with the script `x.js`. */
export class Site implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(folder: string, { isIsolated = true }: SiteOptions = {}): Promise<Site> {
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const script = /^\/page\/([\w-]+)$/.exec(pathname)?.[1];
      try {
        const body =
          script === undefined
            ? await readFile(join(folder, normalize(pathname)))
            : `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${script}.js"></script>`;
        const type = script === undefined ? TYPES[extname(pathname)] : "text/html";
        response.writeHead(200, { "Content-Type": type ?? "text/plain", ...(isIsolated ? ISOLATION : {}) }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Site(server);
  }

  address(path: string): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The program as a page at this address. */
export function asPage(browser: BrowserContext, address: string): Start {
  return async (skipped, hear) => {
    const page = await browser.newPage();
    let end: (why: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const url = new URL(address);
    url.searchParams.set("skip", skipped.join(";"));
    page.on("console", (message) => {
      hear(message.text());
      if (message.text() === DONE) end("done");
    });
    page.on("pageerror", (error) => end(error.message));
    page.on("crash", () => end("the page crashed"));
    await page.goto(url.href);
    return { ended: ended.finally(() => close(page)), kill: () => end("killed") };
  };
}

async function close(page: Page): Promise<void> {
  if (!page.isClosed()) await page.close();
}
