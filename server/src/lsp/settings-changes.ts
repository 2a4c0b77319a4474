import { DidChangeConfigurationNotification } from "vscode-languageserver/node";
import { diagnosticSource } from "../protocol.js";
import type { Session } from "./session.js";
import { parseSettings } from "./settings.js";

/** `workspace/didChangeConfiguration`, and the first look at the settings: no finding is shown before it. */
export function followSettings(session: Session): void {
  const { connection, client, log, workspace, diagnostics, margin, whenInitialized } = session;
  const apply = log.guard("reading the settings", undefined, (value: unknown) => {
    const { settings, problems } = parseSettings(value);
    for (const problem of problems) log.tell(problem);
    workspace.settings = settings;
    diagnostics.allChanged();
    margin.refresh();
  });

  const ask = async (): Promise<void> => {
    try {
      apply(await connection.workspace.getConfiguration(diagnosticSource));
    } catch (error) {
      log.failed("asking for the settings", error);
    }
  };

  whenInitialized.push(async () => {
    if (client.registersConfiguration) {
      void connection.client.register(DidChangeConfigurationNotification.type, { section: diagnosticSource });
    }
    if (client.hasConfiguration) await ask();
    diagnostics.start();
  });

  connection.onDidChangeConfiguration(({ settings }: { settings: unknown }) => {
    // The editor's answer is about every folder and always complete; what it pushes may be neither.
    if (client.hasConfiguration) void ask();
    else if (typeof settings === "object" && settings !== null && diagnosticSource in settings) {
      apply(settings[diagnosticSource]);
    }
  });
}
