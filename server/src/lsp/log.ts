import { type Connection, MessageType, ShowMessageNotification } from "vscode-languageserver/node";

/** What the user may want to read later, and what must not be missed. */
export class Log {
  readonly #connection: Connection;
  readonly #told = new Set<string>();
  /** What failed last, with the reason. */
  lastError: string | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  info(text: string): void {
    this.#connection.console.info(text);
  }

  /** Into the log, once per text. */
  warn(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#connection.console.warn(text);
  }

  /** Into the log and, once per text, before the user's eyes. */
  tell(text: string): void {
    if (this.#told.has(text)) return;
    this.warn(text);
    this.show(MessageType.Warning, text);
  }

  /** A notification, unlike the connection's own `showWarningMessage`, which is a request that may go unanswered. */
  show(type: MessageType, text: string): void {
    void this.#connection.sendNotification(ShowMessageNotification.type, { type, message: `Heddle: ${text}` });
  }

  /** A mistake of ours. The server goes on, so each kind is shown once and logged every time. */
  failed(what: string, error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.lastError = `${what} failed. ${reason}`;
    this.#connection.console.error(this.lastError);
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.show(MessageType.Error, `${what} failed; the log says more.`);
  }

  /** Runs a handler so that nothing it throws gets out; `otherwise` is the answer in that case. */
  guard<Args extends readonly unknown[], Result>(
    what: string,
    otherwise: Result,
    handler: (...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      try {
        return handler(...args);
      } catch (error) {
        this.failed(what, error);
        return otherwise;
      }
    };
  }
}
