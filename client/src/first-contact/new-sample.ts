import * as vscode from "vscode";

/** A program that ships, to be looked at and run. */
interface Sample extends vscode.QuickPickItem {
  readonly text: string;
}

/** The command _Heddle: New Sample_: a small concurrent program, as a file in a folder or as a new text. */
export function registerNewSample(extension: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand("heddle.newSample", async () => {
    try {
      await newSample(vscode.Uri.joinPath(extension, "dist", "samples"));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(vscode.l10n.t("Heddle: the sample was not written: {0}", reason));
    }
  });
}

async function newSample(folder: vscode.Uri): Promise<void> {
  const sample = await vscode.window.showQuickPick(samplesIn(folder), {
    title: vscode.l10n.t("New Sample"),
    placeHolder: vscode.l10n.t("A small concurrent program to look at and to run"),
    matchOnDetail: true,
  });
  if (sample === undefined) return;
  const inFolder = { label: vscode.l10n.t("In a folder…"), description: vscode.l10n.t("as a file that can be run") };
  const untitled = { label: vscode.l10n.t("As a new text"), description: vscode.l10n.t("written nowhere yet") };
  const place = await vscode.window.showQuickPick([inFolder, untitled], {
    title: sample.label,
    placeHolder: vscode.l10n.t("Where to put it"),
  });
  if (place === untitled) {
    const document = await vscode.workspace.openTextDocument({ language: "typescript", content: sample.text });
    await vscode.window.showTextDocument(document, { preview: false });
  } else if (place === inFolder) await writeSample(sample);
}

async function samplesIn(folder: vscode.Uri): Promise<Sample[]> {
  const names = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((n) => n.endsWith(".ts"));
  return Promise.all(
    names.sort().map(async (name) => {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name)));
      return { label: name, detail: titleOf(text), text };
    }),
  );
}

/** What the comment at its beginning says. */
function titleOf(text: string): string {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return comment.replaceAll(/\s*\n\s*\*\s*/g, " ").trim();
}

async function writeSample({ label, text }: Sample): Promise<void> {
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [folder] =
    (await vscode.window.showOpenDialog({
      ...{ canSelectFiles: false, canSelectFolders: true, canSelectMany: false },
      ...(workspace === undefined ? {} : { defaultUri: workspace }),
      title: vscode.l10n.t("Where to put it"),
      openLabel: vscode.l10n.t("Put It Here"),
    })) ?? [];
  if (folder === undefined) return;
  const file = vscode.Uri.joinPath(folder, await freeName(folder, label));
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(file, { preview: false });
  const home = vscode.workspace.getWorkspaceFolder(file);
  if (home === undefined || !vscode.workspace.isTrusted || (await hasRuntime(folder, home.uri))) return;
  const add = vscode.l10n.t("Add the Runtime");
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t("{0} runs once this workspace has Heddle's runtime.", label),
    add,
  );
  if (choice === add) await vscode.commands.executeCommand("heddle.addRuntime", home.uri);
}

/** Nothing that is there is written over. */
async function freeName(folder: vscode.Uri, name: string): Promise<string> {
  const taken = new Set((await vscode.workspace.fs.readDirectory(folder)).map(([each]) => each.toLowerCase()));
  if (!taken.has(name)) return name;
  const stem = name.replace(/\.ts$/, "");
  for (let number = 2; ; number++) {
    if (!taken.has(`${stem}-${number}.ts`)) return `${stem}-${number}.ts`;
  }
}

/** Whether an import of it is found from a folder, as Node.js looks for it. */
async function hasRuntime(folder: vscode.Uri, home: vscode.Uri): Promise<boolean> {
  for (let at = folder; at.path.startsWith(home.path); at = vscode.Uri.joinPath(at, "..")) {
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(at, "node_modules", "heddle", "package.json"));
      return true;
    } catch {
      // Not in this one.
    }
    if (at.path === home.path) break;
  }
  return false;
}
