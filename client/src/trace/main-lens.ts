import * as vscode from "vscode";
import { type MainsParams, mainsRequest } from "../../../server/src/protocol.js";
import { documents, type Server } from "../server.js";

/** Lists the programs among the open files, for menus: `resourcePath in heddle.programs`. */
const programsContext = "heddle.programs";

/** "Run and Trace | Debug and Trace" above a file's call of `main`, which the language server knows by its symbol. */
export function registerMainLens(server: Server): vscode.Disposable {
  const lens = new MainLens(server);
  return vscode.Disposable.from(
    lens,
    vscode.languages.registerCodeLensProvider(
      documents.filter(({ scheme }) => scheme === "file"),
      lens,
    ),
  );
}

class MainLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #server: Server;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #programs = new Set<string>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(server: Server) {
    this.#server = server;
    this.#subscriptions = [
      this.#changed,
      server.onDidChangeState(() => this.#changed.fire()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#note(uri, false)),
    ];
  }

  async provideCodeLenses({ uri }: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const params: MainsParams = { uri: uri.toString() };
    const ranges = await this.#server.request<readonly vscode.Range[]>(mainsRequest, params);
    // Without an answer nothing is known: what was known before stays.
    if (ranges === undefined) return [];
    this.#note(uri, ranges.length > 0);
    return ranges.flatMap(({ start, end }) => {
      const range = new vscode.Range(start.line, start.character, end.line, end.character);
      return [
        new vscode.CodeLens(range, {
          title: `$(play) ${vscode.l10n.t("Run and Trace")}`,
          tooltip: vscode.l10n.t("Run this program with a recorder, and see live what its threads hold and wait for"),
          command: "heddle.runAndTrace",
          arguments: [uri],
        }),
        new vscode.CodeLens(range, {
          title: `$(debug-alt) ${vscode.l10n.t("Debug and Trace")}`,
          tooltip: vscode.l10n.t("Debug this program with a recorder"),
          command: "heddle.debugAndTrace",
          arguments: [uri],
        }),
      ];
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** `resourcePath` is the path as the system writes it, which on Windows is another than that of the address. */
  #note({ fsPath }: vscode.Uri, isProgram: boolean): void {
    if (this.#programs.has(fsPath) === isProgram) return;
    if (isProgram) this.#programs.add(fsPath);
    else this.#programs.delete(fsPath);
    void vscode.commands.executeCommand("setContext", programsContext, [...this.#programs]);
  }
}
