import type { Answer, Order, Question, ShownLockOrder, Wish } from "../shared/messages.js";

/** What VS Code gives to the script of a webview, once. */
interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** The other side: the extension, and behind it the worker that reads the trace. */
export class Host {
  readonly #api = acquireVsCodeApi();

  send(message: Question | Wish): void {
    this.#api.postMessage(message);
  }

  listen(hear: (message: Answer | Order) => void): void {
    addEventListener("message", ({ data }: MessageEvent<Answer | Order>) => hear(data));
  }

  /** For the page that shows no trace. */
  listenToLockOrder(hear: (message: ShownLockOrder) => void): void {
    addEventListener("message", ({ data }: MessageEvent<ShownLockOrder>) => {
      if (data.type === "lockOrder") hear(data);
    });
  }

  /** What was kept last, by this page or by the one before it. */
  get kept(): unknown {
    return this.#api.getState();
  }

  keep(state: unknown): void {
    this.#api.setState(state);
  }
}
