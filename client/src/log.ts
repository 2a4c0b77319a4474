import * as vscode from "vscode";

/** The one channel where client and server write what happened, and the command that shows it. */
export class Log implements vscode.Disposable {
  readonly channel = vscode.window.createOutputChannel("Heddle", { log: true });
  readonly #command = vscode.commands.registerCommand("heddle.showLog", () => this.show());

  show(): void {
    this.channel.show();
  }

  dispose(): void {
    this.#command.dispose();
    this.channel.dispose();
  }
}
