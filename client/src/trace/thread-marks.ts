import * as vscode from "vscode";
import type { Place, Snapshot, ThreadNow } from "../../shared/snapshot.js";
import { ownFrames } from "./own-frames.js";
import { stateText, threadText } from "./phrases.js";
import type { ThreadStack, ThreadStacks } from "./thread-stacks.js";

/** What a mark in the gutter says, by rising weight: on a line with several threads the weightiest is seen. */
const kinds = ["runs", "waits", "paused", "stuck"] as const;
type Kind = (typeof kinds)[number];

/** A thread at a line. */
interface Mark {
  readonly place: Place;
  readonly kind: Kind;
  readonly text: string;
}

/** Marks in the editors at which line each thread of a program is, as long as the debugger has stopped one of them. */
export class ThreadMarks implements vscode.Disposable {
  readonly #stacks: ThreadStacks;
  readonly #decorations: Readonly<Record<Kind, vscode.TextEditorDecorationType>>;
  readonly #subscriptions: vscode.Disposable;

  constructor(extension: vscode.Uri, stacks: ThreadStacks) {
    this.#stacks = stacks;
    const icon = (kind: Kind, theme: string): vscode.Uri =>
      vscode.Uri.joinPath(extension, "client", "media", `thread-${kind}-${theme}.svg`);
    const decoration = (kind: Kind): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({
        dark: { gutterIconPath: icon(kind, "dark") },
        light: { gutterIconPath: icon(kind, "light") },
        gutterIconSize: "contain",
        after: { color: new vscode.ThemeColor("editorCodeLens.foreground"), margin: "0 0 0 3em" },
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      });
    this.#decorations = {
      runs: decoration("runs"),
      waits: decoration("waits"),
      paused: decoration("paused"),
      stuck: decoration("stuck"),
    };
    this.#subscriptions = vscode.Disposable.from(
      ...Object.values(this.#decorations),
      stacks.onDidChange(() => this.#show()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#show()),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #show(): void {
    const marks = this.#stacks.timelines.flatMap((timeline) => {
      const { snapshot } = timeline;
      return snapshot === undefined ? [] : marksOf(snapshot, this.#stacks.of(timeline));
    });
    for (const editor of vscode.window.visibleTextEditors) {
      const { fsPath } = editor.document.uri;
      const here = linesOf(marks.filter(({ place }) => place.file === fsPath));
      for (const kind of kinds) {
        const options = here.filter((line) => line.kind === kind).map((line) => optionsOf(line, editor.document));
        editor.setDecorations(this.#decorations[kind], options);
      }
    }
  }
}

function marksOf(snapshot: Snapshot, stacks: ReadonlyMap<number, ThreadStack>): readonly Mark[] {
  const lasting = snapshot.deadlocks.filter(({ until }) => until === undefined);
  const stuck = new Set(lasting.flatMap(({ parties }) => parties.map(({ thread }) => thread)));
  return snapshot.threads.flatMap((thread) => {
    const stack = stacks.get(thread.id);
    const { place } = ownFrames(stack?.frames ?? [], thread.wait)[0] ?? {};
    if (stack === undefined || place === undefined || thread.ended !== undefined) return [];
    // Where it is paused, the mark says by standing there.
    const text = `${threadText(thread.id, snapshot)} ${stateText({ ...thread, pausedAt: undefined }, snapshot)}`;
    return [{ place, kind: stuck.has(thread.id) ? "stuck" : kindOf(thread, stack), text }];
  });
}

function kindOf({ wait }: ThreadNow, { isStopped }: ThreadStack): Kind {
  if (isStopped) return "paused";
  return wait === undefined ? "runs" : "waits";
}

/** One mark for all threads of a line. */
function linesOf(marks: readonly Mark[]): readonly Mark[] {
  const lines = new Map<number, Mark>();
  for (const mark of marks) {
    const other = lines.get(mark.place.line);
    const kind = other === undefined || kinds.indexOf(mark.kind) > kinds.indexOf(other.kind) ? mark.kind : other.kind;
    const text = other === undefined ? mark.text : `${other.text}; ${mark.text}`;
    lines.set(mark.place.line, { place: mark.place, kind, text });
  }
  return [...lines.values()];
}

function optionsOf({ place, text }: Mark, document: vscode.TextDocument): vscode.DecorationOptions {
  // The file may have fewer lines by now.
  const line = document.lineAt(Math.min(place.line, document.lineCount) - 1);
  return {
    range: new vscode.Range(line.lineNumber, line.firstNonWhitespaceCharacterIndex, line.lineNumber, line.text.length),
    hoverMessage: new vscode.MarkdownString().appendText(text),
    renderOptions: { after: { contentText: text } },
  };
}
