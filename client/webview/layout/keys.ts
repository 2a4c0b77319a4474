/** What people can do with one key. The help shows this table, so it cannot say anything else than what is done. */
export type Command =
  | "follow"
  | "fit"
  | "zoomIn"
  | "zoomOut"
  | "earlier"
  | "later"
  | "laneAbove"
  | "laneBelow"
  | "firstLane"
  | "lastLane"
  | "previousChange"
  | "nextChange"
  | "momentEarlier"
  | "momentLater"
  | "toNow"
  | "mark"
  | "toBlocker"
  | "back"
  | "arrows"
  | "deselect"
  | "filter"
  | "onlyRelated"
  | "hide"
  | "showAll"
  | "search"
  | "help";

export interface Binding {
  readonly command: Command;
  /** As `KeyboardEvent.key` has them, letters in lower case. */
  readonly keys: readonly string[];
  /** How the keys are shown. */
  readonly shown: readonly string[];
  readonly title: string;
}

function binding(command: Command, keys: readonly string[], title: string, shown = keys): Binding {
  return { command, keys, shown, title };
}

export const BINDINGS: readonly Binding[] = [
  binding("follow", [" "], "Follow what happens now", ["Space"]),
  binding("fit", ["f"], "Show all of it", ["F"]),
  binding("zoomIn", ["w", "+", "="], "Zoom in", ["W", "+"]),
  binding("zoomOut", ["s", "-"], "Zoom out", ["S", "-"]),
  binding("earlier", ["a", "ArrowLeft"], "Earlier", ["A", "←"]),
  binding("later", ["d", "ArrowRight"], "Later", ["D", "→"]),
  binding("laneAbove", ["ArrowUp"], "Thread above", ["↑"]),
  binding("laneBelow", ["ArrowDown"], "Thread below", ["↓"]),
  binding("firstLane", ["Home"], "First thread"),
  binding("lastLane", ["End"], "Last thread"),
  binding("previousChange", [","], "Previous change of the thread"),
  binding("nextChange", ["."], "Next change of the thread"),
  binding("momentEarlier", ["j"], "Moment that is looked at: earlier", ["J"]),
  binding("momentLater", ["l"], "… later", ["L"]),
  binding("toNow", ["k"], "… now", ["K"]),
  binding("mark", ["m"], "Mark this moment: an area up to the next one that is looked at", ["M"]),
  binding("toBlocker", ["]"], "To the thread that it waits for"),
  binding("back", ["["], "Back"),
  binding("arrows", ["u"], "Arrows: who let whom go on, where messages go", ["U"]),
  binding("deselect", ["Escape"], "Deselect", ["Esc"]),
  binding("filter", ["t"], "Filter the threads: by name, lock, length of waits", ["T"]),
  binding("onlyRelated", ["o"], "Only threads that waited for the selected one, or it for them", ["O"]),
  binding("hide", ["h"], "Hide the selected thread", ["H"]),
  binding("showAll", ["c"], "Clear the filter: all threads", ["C"]),
  binding("search", ["/"], "Search the tables"),
  binding("help", ["?"], "This help"),
];

interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What a press of a key means; undefined for those that belong to the editor. */
export function commandFor({ key, ctrlKey, metaKey, altKey }: Press): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const name = key.length === 1 ? key.toLowerCase() : key;
  return BINDINGS.find(({ keys }) => keys.includes(name))?.command;
}
