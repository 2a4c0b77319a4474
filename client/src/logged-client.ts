import { LanguageClient } from "vscode-languageclient/node";

/**
 * A language client that writes its errors to the log and shows none of them: what the user has to know is said once,
 * in our words and with something to press (`failure-message.ts`).
 */
export class LoggedClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}
