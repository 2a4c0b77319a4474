import { pathToFileURL } from "node:url";
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import type { Severity } from "../finding.js";
import { diagnosticSource } from "../protocol.js";
import { rulePage } from "../rule-page.js";
import type { Client } from "./client.js";
import type { LocatedFinding } from "./located-finding.js";
import type { Workspace } from "./workspace.js";

/** A finding as the editor takes it. */
export function diagnosticOf(finding: LocatedFinding, client: Client, workspace: Workspace): Diagnostic {
  const { ruleId, message, related, fingerprint } = finding;
  const diagnostic: Diagnostic = {
    range: finding.range,
    severity: severities[finding.severity],
    source: diagnosticSource,
    code: ruleId,
    codeDescription: { href: addressOfPage(ruleId, workspace.settings.docsBase) },
    message,
    data: { fingerprint },
  };
  const sites = related.map(({ message, file, range }) => ({
    message,
    location: { uri: workspace.uriOf(file), range },
  }));
  if (client.showsRelated) return { ...diagnostic, relatedInformation: sites };
  // Without its other side a finding is half a story: it becomes part of the text.
  const lines = sites.map(({ message, location }) => `${message} (${location.uri}:${location.range.start.line + 1})`);
  return { ...diagnostic, message: [message, ...lines].join("\n") };
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** @param base a folder with `<rule id>.md` in it, or an address with `{rule}` where the id belongs */
function addressOfPage(ruleId: string, base: string | undefined): string {
  if (base === undefined) return pathToFileURL(rulePage(ruleId)).href;
  if (base.includes("{rule}")) return base.replaceAll("{rule}", ruleId);
  return `${base.replace(/\/$/, "")}/${ruleId}.md`;
}
