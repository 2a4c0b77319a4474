import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import type { Answer, Order, Question, ShownLockOrder, Wish } from "../../client/shared/messages.js";
import { panelDocument } from "../../client/src/trace/panel-document.js";
import { repositoryRoot } from "../support/repository.js";
import { TimelineWorker } from "../support/timeline.js";
import { type ThemeName, themes } from "./themes.js";

type Message = Question | Wish;

const FOR_THE_HOST: ReadonlySet<Message["type"]> = new Set(["open", "compare", "export", "saveGraph"]);

/** For a machine that does other things at the same time: only a failing test ever waits so long. */
const DEADLINE = 30_000;

/** Serves the panel's page as VS Code does: the document with its policy, its script and its style sheet. */
export class PanelServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `changed` may change the document. */
  static async start(changed = (document: string): string => document): Promise<PanelServer> {
    const server = createServer(({ url }, response) => {
      const name = (url ?? "").slice(1);
      const types: Readonly<Record<string, string>> = {
        "panel.js": "text/javascript",
        "lock-order.js": "text/javascript",
        "panel.css": "text/css",
      };
      const type = types[name];
      if (type !== undefined) {
        response.setHeader("content-type", type);
        response.end(readFileSync(new URL(`dist/${name}`, repositoryRoot)));
      } else if (name === "") {
        response.setHeader("content-type", "text/html");
        const cspSource = addressOf(server);
        const files = { script: `${cspSource}/panel.js`, style: `${cspSource}/panel.css` };
        response.end(changed(panelDocument({ cspSource, nonce: "n0nce", title: "Heddle trace", ...files })));
      } else {
        response.statusCode = 404;
        response.end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PanelServer(server);
  }

  get address(): string {
    return addressOf(this.#server);
  }

  /** For who speaks to the page in another way. */
  get http(): Server {
    return this.#server;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly title?: string;
  /** What a panel that was hidden had kept. */
  readonly kept?: unknown;
  readonly size?: { readonly width: number; readonly height: number };
  /** A script that runs before those of the page. */
  readonly before?: string;
}

/** The real page in a real browser, with the worker that really reads a trace behind it. */
export class PanelPage {
  readonly page: Page;
  readonly worker: TimelineWorker;
  /** All that the page said. */
  readonly said: Message[] = [];
  /** What the page kept last. */
  kept: unknown;
  /** What the page's policy did not allow, and errors of its script. */
  readonly violations: string[] = [];
  readonly #waiting = new Set<() => void>();
  #forwarded = 0;
  #isReady = false;

  private constructor(page: Page, worker: TimelineWorker) {
    this.page = page;
    this.worker = worker;
  }

  /** Opens a trace file, which need not be there yet. */
  static async open(
    browser: BrowserContext,
    server: PanelServer,
    file: string,
    { theme = "vscode-dark", title = "deadlock.ts", kept, size, before = "" }: PanelOptions = {},
  ): Promise<PanelPage> {
    const page = await browser.newPage();
    page.setDefaultTimeout(DEADLINE);
    if (size !== undefined) await page.setViewportSize(size);
    const worker = new TimelineWorker(file);
    const panel = new PanelPage(page, worker);
    page.on("pageerror", ({ message }) => panel.violations.push(message));
    await page.exposeFunction("toHost", (message: Message) => panel.#hear(message));
    await page.exposeFunction("toKeep", (state: unknown) => {
      panel.kept = state;
      panel.#wake();
    });
    await page.exposeFunction("onViolation", (text: string) => panel.violations.push(text));
    await page.addInitScript({ content: webviewScript(theme, kept) + before });
    worker.listen(() => {
      panel.#forward();
      panel.#wake();
    });
    await page.goto(server.address);
    panel.#post({ type: "source", title });
    return panel;
  }

  /** Sends what the extension itself says. */
  order(order: Order | ShownLockOrder): void {
    this.#post(order);
  }

  /** Does something, and resolves to the first message of a type that the page says from then on. */
  async saidAfter<T extends Message["type"]>(
    type: T,
    act: () => Promise<unknown>,
  ): Promise<Extract<Message, { readonly type: T }>> {
    const before = this.said.length;
    const isIt = (message: Message): message is Extract<Message, { readonly type: T }> => message.type === type;
    const find = (): Extract<Message, { readonly type: T }> | undefined => this.said.slice(before).find(isIt);
    await act();
    await this.until(() => find() !== undefined, `a message of type ${type}`);
    return find()!;
  }

  /** Resolves as soon as something is true; it is looked at whenever the page or the worker has said something. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`Not in ${DEADLINE} ms: ${what}. Said last: ${JSON.stringify(this.said.slice(-3))}`));
      }, DEADLINE);
      const look = (): void => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /** The questions for frames. */
  get views(): readonly Extract<Message, { readonly type: "view" }>[] {
    return this.said.flatMap((each) => (each.type === "view" ? [each] : []));
  }

  /** Keeps what there is to see, for those who read a failure or look whether it is pretty. */
  async screenshot(name: string): Promise<void> {
    const folder = fileURLToPath(new URL("out/screenshots/", repositoryRoot));
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: `${folder}${name}.png` });
  }

  /** The same in every kind of theme, one after another; afterwards the page is in the dark one. */
  async screenshotsInThemes(name: string): Promise<void> {
    for (const theme of [
      "vscode-dark",
      "vscode-light",
      "vscode-high-contrast",
    ] as const satisfies readonly ThemeName[]) {
      await this.page.evaluate(`setTheme("${theme}")`);
      await this.screenshot(`${name}-${theme}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    await this.worker[Symbol.asyncDispose]();
  }

  #hear(message: Message): void {
    this.said.push(message);
    if (message.type === "ready") {
      this.#isReady = true;
      this.#forward();
    } else if (!FOR_THE_HOST.has(message.type)) {
      this.worker.tell(message as Question);
    }
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #forward(): void {
    if (!this.#isReady) return;
    for (; this.#forwarded < this.worker.said.length; this.#forwarded++) this.#post(this.worker.said[this.#forwarded]!);
  }

  #post(message: Answer | Order | ShownLockOrder): void {
    const send = (each: unknown): void => (globalThis as unknown as MessageTarget).postMessage(each, "*");
    // The page may be closed before it has taken all that the worker says.
    this.page.evaluate(send, message).catch((error: unknown) => {
      if (!this.page.isClosed()) this.violations.push(String(error));
    });
  }
}

interface MessageTarget {
  postMessage(message: unknown, target: string): void;
}

/** What VS Code puts into a webview before its own scripts: the API, and the theme. */
export function webviewScript(theme: ThemeName, kept: unknown): string {
  return `{
    let state = ${JSON.stringify(kept) ?? "undefined"};
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => void toHost(message),
      getState: () => state,
      setState: (next) => { state = next; void toKeep(next); },
    });
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      void onViolation(violatedDirective + " " + blockedURI);
    });
    const themes = ${JSON.stringify(themes)};
    globalThis.setTheme = (name) => {
      for (const variable of [...document.documentElement.style]) document.documentElement.style.removeProperty(variable);
      for (const [key, value] of Object.entries(themes[name])) {
        document.documentElement.style.setProperty("--vscode-" + key, value);
      }
      document.body.className = name;
    };
    // Before the page's own script, which is deferred.
    document.addEventListener("readystatechange", () => {
      if (document.readyState === "interactive") setTheme(${JSON.stringify(theme)});
    });
  }`;
}
