import * as vscode from "vscode";
import type { Place, Snapshot } from "../../shared/snapshot.js";
import { openPlaceCommand } from "./open-place.js";
import type { Stacks, ThreadStacks } from "./thread-stacks.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";

/** How often a view may change, in milliseconds: snapshots come faster than anybody reads. */
const pause = 200;

/** A line of a view. */
export interface Row {
  /** The same for the same thing in the next snapshot, so that what is open and selected stays so. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: vscode.ThemeIcon;
  /** What a click opens. */
  readonly place: Place | undefined;
  readonly rows: readonly Row[];
}

/** A view of the debug container that shows the newest snapshot of the current trace as rows. */
export class SnapshotView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #timelines: Timelines;
  readonly #stacks: ThreadStacks;
  readonly #rowsOf: (snapshot: Snapshot, stacks: Stacks) => readonly Row[];
  readonly #subscriptions: vscode.Disposable[];
  #answers: vscode.Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `id` is that of the manifest. */
  constructor(
    id: string,
    timelines: Timelines,
    stacks: ThreadStacks,
    rowsOf: (snapshot: Snapshot, stacks: Stacks) => readonly Row[],
  ) {
    this.#timelines = timelines;
    this.#stacks = stacks;
    this.#rowsOf = rowsOf;
    this.#subscriptions = [
      timelines.onDidChangeCurrent((current) => this.#follow(current)),
      stacks.onDidChange((timeline) => {
        if (timeline === timelines.current) this.#show();
      }),
      vscode.window.createTreeView(id, { treeDataProvider: this }),
    ];
    this.#follow(timelines.current);
  }

  getChildren(row?: Row): readonly Row[] & Row[] {
    if (row !== undefined) return [...row.rows];
    const { current } = this.#timelines;
    return current?.snapshot === undefined ? [] : [...this.#rowsOf(current.snapshot, this.#stacks.of(current))];
  }

  getTreeItem({ id, label, description, icon, place, rows }: Row): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, rows.length === 0 ? None : Collapsed);
    item.id = id;
    item.description = description;
    item.iconPath = icon;
    item.tooltip = `${label} ${description}`;
    item.accessibilityInformation = { label: `${label} ${description}` };
    if (place !== undefined)
      item.command = { command: openPlaceCommand, title: vscode.l10n.t("Open the Line"), arguments: [place] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#answers?.dispose();
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }

  #follow(timeline: Timeline | undefined): void {
    this.#answers?.dispose();
    this.#answers = timeline?.onDidAnswer(({ type }) => {
      if (type !== "snapshot") return;
      this.#timer ??= setTimeout(() => this.#show(), pause);
    });
    this.#show();
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.fire();
  }
}
