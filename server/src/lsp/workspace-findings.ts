import { type FindingsParams, findingsRequest, type WorkspaceFinding, type WorkspaceFindings } from "../protocol.js";
import { type LocatedFinding, located } from "./located-finding.js";
import { asked } from "./overviews.js";
import type { Session } from "./session.js";

/** Nobody reads through more, and an editor that lists them all would stand still. */
const MOST = 5_000;

/** `heddle/findings`: what is found in all files of the workspace, open or not. */
export function answerWorkspaceFindings({ connection, diagnostics, overviews, workspace }: Session): void {
  const told = (
    file: string,
    { ruleId, severity, message, range, related }: LocatedFinding,
    locks: WorkspaceFinding["locks"],
  ): WorkspaceFinding => ({
    ...{ ruleId, severity, message, locks },
    place: { uri: workspace.uriOf(file), range },
    related: related.map((each) => ({
      message: each.message,
      place: { uri: workspace.uriOf(each.file), range: each.range },
    })),
  });

  const plain = overviews.over("listing what is found", (project): readonly WorkspaceFinding[] => {
    const found = workspace.lookAtProject(project);
    workspace.keep();
    return [...found].flatMap(([file, findings]) => findings.map((finding) => told(file, finding, [])));
  });

  const withLocks = overviews.over("listing what is found about locks", (project): readonly WorkspaceFinding[] => {
    const snapshot = workspace.snapshotOfProject(project);
    const { knowledge } = snapshot;
    const names = new Map(knowledge.lockMap.locks.map(({ key, name }) => [key, name]));
    return snapshot.findings().map((finding) => {
      const locks = knowledge.locksOf(finding).map((key) => ({ key: `${project} ${key}`, name: names.get(key) ?? "" }));
      return told(finding.site.file, located(finding, snapshot), locks);
    });
  });

  connection.onRequest(findingsRequest, async (...given: unknown[]): Promise<WorkspaceFindings> => {
    const [params, token] = asked<FindingsParams>(given);
    await diagnostics.whenStarted;
    const all = (await (params?.withLocks === true ? withLocks : plain)(token)).flat();
    all.sort(byPlace);
    return { findings: all.slice(0, MOST), total: all.length };
  });
}

function byPlace({ place: a }: WorkspaceFinding, { place: b }: WorkspaceFinding): number {
  if (a.uri !== b.uri) return a.uri < b.uri ? -1 : 1;
  return a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;
}
