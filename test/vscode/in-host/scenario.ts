import * as vscode from "vscode";

/** One thing that must hold inside a running VS Code. */
export interface Scenario {
  readonly name: string;
  /** `tell` is for what there is to say beside that it holds, such as how long something took. */
  readonly body: (tell: (what: string) => void) => Promise<void>;
}

/** Generous, for a machine that does other things at the same time: only a failing test ever waits so long. */
const deadlineMilliseconds = 60_000;

/**
 * Resolves with what `look` returns as soon as that is something. It looks now and after each event; `describe` says in
 * the error what there was instead.
 */
export function eventually<T, E>(
  event: vscode.Event<E>,
  look: () => T | undefined,
  describe: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const seen = look();
      if (seen === undefined) return;
      subscription.dispose();
      clearTimeout(timer);
      resolve(seen);
    };
    const subscription = event(attempt);
    const timer = setTimeout(() => {
      subscription.dispose();
      reject(new Error(`Waited in vain. There was: ${describe()}`));
    }, deadlineMilliseconds);
    attempt();
  });
}

/** Opens a file of the workspace in an editor. */
export async function open(name: string): Promise<vscode.TextEditor> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error("The test host opened no folder.");
  return vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, name));
}

/** What Heddle reports on a document now. */
function findings(document: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter((diagnostic) => diagnostic.source === "heddle");
}

/** Waits until Heddle's findings on a document are as wanted, and returns them. */
export function findingsOnce(
  document: vscode.TextDocument,
  wanted: (found: vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  const look = () => {
    const found = findings(document);
    return wanted(found) ? found : undefined;
  };
  return eventually(vscode.languages.onDidChangeDiagnostics, look, () => JSON.stringify(findings(document)));
}

export function ruleOf(diagnostic: vscode.Diagnostic): string {
  const { code } = diagnostic;
  return String(typeof code === "object" ? code.value : code);
}

/** The open traces. */
export function traceTabs(): vscode.Tab[] {
  const isTrace = ({ input }: vscode.Tab): boolean =>
    input instanceof vscode.TabInputCustom && input.viewType === "heddle.trace";
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isTrace));
}

export async function closeTraces(): Promise<void> {
  await vscode.window.tabGroups.close(traceTabs());
}

/** Resolves to the exit code of the next run that ends. */
export function endOfRun(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const subscription = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.source !== "heddle") return;
      subscription.dispose();
      resolve(exitCode);
    });
  });
}
