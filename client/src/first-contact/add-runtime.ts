import * as vscode from "vscode";
import { managersOf, type PackageManager } from "./package-managers.js";

/** Where the package lies in a workspace, so that whoever clones it has it too. */
const packageFolder = "vendor";

/**
 * The command _Heddle: Add the Runtime to This Workspace_. The package comes with the extension and is copied into the workspace:
 * nothing is fetched, and nobody else's package of that name gets in. What is run is said before, and runs as a task.
 */
export function registerAddRuntime(extension: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand("heddle.addRuntime", async (folder?: vscode.Uri) => {
    try {
      await addRuntime(extension, folder);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(vscode.l10n.t("Heddle: the runtime was not added: {0}", reason));
    }
  });
}

async function addRuntime(extension: vscode.Uri, chosen: vscode.Uri | undefined): Promise<void> {
  if (!vscode.workspace.isTrusted) return refuse();
  const folder = chosen instanceof vscode.Uri ? chosen : (await pickFolder())?.uri;
  if (folder === undefined) return;
  const source = await packageIn(extension);
  const manager = await managerFor(folder);
  if (manager === undefined) return;
  const file = `${packageFolder}/${source.path.slice(source.path.lastIndexOf("/") + 1)}`;
  const args = manager.add(file, (await namesIn(folder)).includes("package.json"));
  const run = vscode.l10n.t("Add the Runtime");
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t("Add Heddle's runtime to {0}?", folder.path.slice(folder.path.lastIndexOf("/") + 1)),
    {
      modal: true,
      detail: vscode.l10n.t(
        "The package is copied to {0}, and this runs in {1}:\n\n{2}",
        file,
        folder.fsPath,
        [manager.name, ...args].join(" "),
      ),
    },
    run,
  );
  if (choice !== run) return;
  await vscode.workspace.fs.copy(source, vscode.Uri.joinPath(folder, file), { overwrite: true });
  const exitCode = await exitCodeOf(taskIn(folder, manager, args));
  if (exitCode === 0) {
    // Its server may have read the package half unpacked, and would not look again. Where it does not run there is no such command.
    void vscode.commands.executeCommand("typescript.reloadProjects").then(undefined, () => {});
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Heddle\'s runtime is there: import { Lock } from "heddle".'),
    );
  } else {
    void vscode.window.showErrorMessage(
      exitCode === undefined
        ? vscode.l10n.t("Heddle: {0} could not be run. Is it installed?", manager.name)
        : vscode.l10n.t("Heddle: {0} ended with {1}. The terminal says why.", manager.name, exitCode),
    );
  }
}

async function refuse(): Promise<void> {
  const manage = vscode.l10n.t("Manage Workspace Trust");
  const choice = await vscode.window.showErrorMessage(
    vscode.l10n.t("Heddle: this workspace is not trusted, and a package manager runs what is in it."),
    manage,
  );
  if (choice === manage) await vscode.commands.executeCommand("workbench.trust.manage");
}

async function pickFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error(vscode.l10n.t("no folder is open. Open the one that is to have it"));
  if (folders.length === 1) return folders[0];
  return vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t("The folder that is to have the runtime"),
  });
}

/** The packed runtime that ships. */
async function packageIn(extension: vscode.Uri): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(extension, "dist");
  const [name] = (await vscode.workspace.fs.readDirectory(folder))
    .map(([each]) => each)
    .filter((each) => /^heddle-\d.*\.tgz$/.test(each));
  if (name === undefined) throw new Error(vscode.l10n.t("the package is missing. Install Heddle again"));
  return vscode.Uri.joinPath(folder, name);
}

async function managerFor(folder: vscode.Uri): Promise<PackageManager | undefined> {
  const files = await namesIn(folder);
  const managers = managersOf(files, files.includes("package.json") ? await manifestIn(folder) : undefined);
  if (managers.length === 1) return managers[0];
  const picked = await vscode.window.showQuickPick(
    managers.map((manager) => ({ label: manager.name, manager })),
    { placeHolder: vscode.l10n.t("There are lock files of several package managers. Which one is in use?") },
  );
  return picked?.manager;
}

async function namesIn(folder: vscode.Uri): Promise<readonly string[]> {
  return (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
}

async function manifestIn(folder: vscode.Uri): Promise<unknown> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, "package.json"));
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(vscode.l10n.t("package.json cannot be read as JSON. Mend it first"));
  }
}

function taskIn(folder: vscode.Uri, manager: PackageManager, args: readonly string[]): vscode.Task {
  const task = new vscode.Task(
    { type: "heddle", adds: folder.fsPath },
    vscode.workspace.getWorkspaceFolder(folder) ?? vscode.TaskScope.Workspace,
    vscode.l10n.t("Add the Runtime"),
    "heddle",
    // On Windows these are scripts, which only a shell runs. No argument comes from the workspace.
    new vscode.ShellExecution(manager.name, [...args], { cwd: folder.fsPath }),
    [],
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  return task;
}

/** Resolves when the task has ended; to undefined if no process came of it. */
async function exitCodeOf(task: vscode.Task): Promise<number | undefined> {
  const isOurs = ({ execution }: { readonly execution: vscode.TaskExecution }): boolean =>
    execution.task.definition.adds === task.definition.adds;
  let subscriptions: vscode.Disposable | undefined;
  try {
    return await new Promise<number | undefined>((resolve, reject) => {
      let exitCode: number | undefined;
      subscriptions = vscode.Disposable.from(
        vscode.tasks.onDidEndTaskProcess((ended) => {
          if (isOurs(ended)) exitCode = ended.exitCode;
          if (isOurs(ended)) resolve(exitCode);
        }),
        vscode.tasks.onDidEndTask((ended) => isOurs(ended) && setTimeout(() => resolve(exitCode))),
      );
      vscode.tasks.executeTask(task).then(undefined, reject);
    });
  } finally {
    subscriptions?.dispose();
  }
}
