import * as vscode from "vscode";
import { attachedRecording } from "./attached-recording.js";
import { type Launching, newTrace, tierFor } from "./launching.js";
import { canRecord, programPath } from "./node-configuration.js";
import { nodeOptions } from "./node-options.js";
import { checkTrust, programAt, programIn, showRefusal } from "./program.js";
import { ProgramError } from "./program-error.js";

/** The debug type of the manifest, and the one of VS Code's own debugger for Node.js that does the work. */
const ownType = "heddle";
const nodeType = "pwa-node";
/** In a resolved configuration: whether it is ours, and then the trace file. */
const mark = "__heddleTrace";

/** By the session that somebody started, to attach to a program that told its trace. */
const attached = new WeakMap<vscode.DebugSession, string>();

/** The trace that a debug session, or one that it belongs to, is recorded in; undefined for all others. */
export function traceOf(session: vscode.DebugSession): string | undefined {
  const root = rootOf(session);
  const trace: unknown = root.configuration[mark];
  return typeof trace === "string" ? trace : attached.get(root);
}

export function rootOf(session: vscode.DebugSession): vscode.DebugSession {
  let root = session;
  while (root.parentSession !== undefined) root = root.parentSession;
  return root;
}

/** The command "Heddle: Debug and Trace". */
export function registerDebugAndTrace(): vscode.Disposable {
  return vscode.commands.registerCommand("heddle.debugAndTrace", async (uri?: vscode.Uri) => {
    try {
      checkTrust();
      const { file, name, folder } = await programAt(uri);
      await vscode.debug.startDebugging(folder, {
        type: ownType,
        request: "launch",
        name: vscode.l10n.t("Debug and trace {0}", name),
        program: file,
      });
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      void showRefusal(error);
    }
  });
}

/**
 * The debug type `heddle`: what VS Code's debugger for Node.js does, with a recorder in the program. Two providers make
 * it, because the type can change only before variables such as `${file}` are replaced, and the program is known after.
 */
export function registerDebugType(launching: Launching): vscode.Disposable {
  const turned: vscode.DebugConfigurationProvider = {
    resolveDebugConfiguration: (_folder, configuration) => asNode(configuration),
  };
  const recorded: vscode.DebugConfigurationProvider = {
    async resolveDebugConfigurationWithSubstitutedVariables(folder, configuration) {
      const isOurs = configuration[mark] !== undefined;
      // It was started by somebody else, and says itself what it is recorded in.
      if (isOurs && configuration.request === "attach") return configuration;
      if (!isOurs && !(recordsAll(folder) && canRecord(configuration))) return configuration;
      try {
        checkTrust();
        return await withRecorder(configuration, folder, launching);
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error;
        // Somebody's own configuration: what it says is done, without a recorder.
        if (!isOurs) return configuration;
        void showRefusal(error);
        return undefined;
      }
    },
  };
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(ownType, turned),
    vscode.debug.registerDebugConfigurationProvider("*", recorded),
    vscode.debug.onDidStartDebugSession((session) => void begin(session, launching)),
    vscode.debug.onDidStartDebugSession((session) => void join(session, launching)),
  );
}

const ours = { type: nodeType, [mark]: true };

/** Without a launch.json VS Code hands over an empty configuration: then the active file is meant. */
function asNode(given: Partial<vscode.DebugConfiguration>): vscode.DebugConfiguration {
  if (given.request === "attach") return { name: "Attach and trace", ...given, request: "attach", ...ours };
  return {
    request: "launch",
    name: "Debug and trace",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code puts the file's path there
    program: "${file}",
    // Not the terminal: its shell would have to quote what the recorder is told.
    console: "internalConsole",
    outputCapture: "std",
    ...given,
    ...ours,
  };
}

function recordsAll(folder: vscode.WorkspaceFolder | undefined): boolean {
  return vscode.workspace.getConfiguration("heddle.trace", folder).get("allDebugSessions") === true;
}

async function withRecorder(
  configuration: vscode.DebugConfiguration,
  folder: vscode.WorkspaceFolder | undefined,
  launching: Launching,
): Promise<vscode.DebugConfiguration> {
  const { uri } = folder ?? vscode.workspace.workspaceFolders?.[0] ?? {};
  const program = programIn(programPath(configuration, uri?.fsPath));
  const trace = newTrace(program, launching);
  const { runtimeExecutable: node, env: given } = configuration;
  const { flags, env } = await nodeOptions(
    { ...program, node, env: given, tier: tierFor(folder) },
    trace,
    launching.heddle,
  );
  return {
    ...configuration,
    program: program.file,
    cwd: configuration.cwd ?? program.cwd,
    runtimeArgs: [...flags, ...(configuration.runtimeArgs ?? [])],
    env: { ...given, ...env },
    [mark]: trace,
  };
}

/** A session was started: if it is the first of a traced program, the trace is shown, and followed to its end. */
async function begin(session: vscode.DebugSession, launching: Launching): Promise<void> {
  const trace = traceOf(session);
  if (trace === undefined || session.parentSession !== undefined) return;
  await follow(session, String(session.configuration.program), trace, launching);
}

/** A session was started: if it is the first process of a program that was attached to, it is asked for its trace. */
async function join(session: vscode.DebugSession, launching: Launching): Promise<void> {
  const root = rootOf(session);
  const { request, [mark]: isOurs } = root.configuration;
  if (isOurs !== true || request !== "attach" || session.parentSession !== root || attached.has(root)) return;
  try {
    const { script, file } = await attachedRecording(session);
    attached.set(root, file);
    await follow(root, script, file, launching);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    void vscode.window.showWarningMessage(`Heddle: ${error.message}`);
  }
}

async function follow(
  session: vscode.DebugSession,
  script: string,
  trace: string,
  { runs, editors }: Launching,
): Promise<void> {
  const run = runs.begin(script, trace);
  const subscription = vscode.debug.onDidTerminateDebugSession((ended) => {
    if (ended.id !== session.id) return;
    subscription.dispose();
    // It may run on, without a debugger.
    runs.leave(run);
  });
  await editors.show(trace, vscode.ViewColumn.Beside, true);
}
