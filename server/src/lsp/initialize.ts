import { isAbsolute } from "node:path";
import { CodeActionKind, type InitializeResult, TextDocumentSyncKind } from "vscode-languageserver/node";
import manifest from "../../package.json" with { type: "json" };
import { defaultCacheFolder } from "../cache-folder.js";
import { diagnosticSource } from "../protocol.js";
import { ResultCache } from "../result-cache.js";
import { fixAllKind } from "./fix-all-action.js";
import type { Log } from "./log.js";
import { semanticTokensLegend } from "./semantic-tokens.js";
import type { Session } from "./session.js";

/** `initialize`: what the editor can do, what this server can do, and the folders that are open. */
export function answerInitialize({ connection, client, log, workspace, diagnostics, whenInitialized }: Session): void {
  let folders: string[] = [];

  connection.onInitialize((params): InitializeResult => {
    client.capabilities = params.capabilities;
    const {
      showPlaces,
      callHierarchy,
      semanticTokens,
      askForReasons,
      diagnostics: diagnosticsBy,
    } = optionsOf(params.initializationOptions);
    client.showsPlaces = showPlaces === true;
    client.asksForReasons = askForReasons === true;
    client.asksForDiagnostics = diagnosticsBy === "pull";
    client.asksForCallHierarchy = callHierarchy !== false;
    client.asksForSemanticTokens = semanticTokens !== false;
    folders = params.workspaceFolders?.map((folder) => folder.uri) ?? (params.rootUri ? [params.rootUri] : []);
    workspace.setFolders(folders);
    const cacheFolder = chosenCacheFolder(params.initializationOptions, log);
    workspace.cache = cacheFolder === undefined ? undefined : new ResultCache(cacheFolder);
    return {
      serverInfo: { name: "heddle", version: manifest.version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        documentHighlightProvider: true,
        completionProvider: { triggerCharacters: ["@", "#", "."] },
        definitionProvider: true,
        renameProvider: { prepareProvider: true },
        inlayHintProvider: true,
        codeLensProvider: {},
        callHierarchyProvider: client.asksForCallHierarchy,
        ...(client.asksForSemanticTokens
          ? { semanticTokensProvider: { legend: semanticTokensLegend, full: true, range: true } }
          : {}),
        ...(client.pullsDiagnostics
          ? {
              diagnosticProvider: {
                identifier: diagnosticSource,
                interFileDependencies: true,
                workspaceDiagnostics: true,
                workDoneProgress: true,
              },
            }
          : {}),
        codeActionProvider: {
          codeActionKinds: [
            CodeActionKind.QuickFix,
            CodeActionKind.RefactorExtract,
            CodeActionKind.RefactorRewrite,
            fixAllKind,
          ],
          resolveProvider: true,
        },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  whenInitialized.push(() => {
    if (!client.hasFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map((folder) => folder.uri));
      folders = [...folders.filter((uri) => !gone.has(uri)), ...added.map((folder) => folder.uri)];
      workspace.setFolders(folders);
      workspace.lookAgain();
      diagnostics.allChanged();
    });
  });
}

/**
 * The folder that `cacheFolder` of the client's options names, otherwise the user's; undefined where `cache` is false.
 * What cannot be used counts as not said, and is logged.
 */
function chosenCacheFolder(options: unknown, log: Log): string | undefined {
  const { cache, cacheFolder } = optionsOf(options);
  if (cache === false) return undefined;
  if (cache !== undefined && cache !== true) log.warn("The option cache is neither true nor false.");
  if (typeof cacheFolder === "string" && isAbsolute(cacheFolder)) return cacheFolder;
  if (cacheFolder !== undefined) log.warn("The option cacheFolder is no absolute path.");
  return defaultCacheFolder();
}

function optionsOf(options: unknown): Readonly<Record<string, unknown>> {
  return typeof options === "object" && options !== null ? (options as Readonly<Record<string, unknown>>) : {};
}
