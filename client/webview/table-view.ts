import { element, setShown, setText } from "./element.js";
import { GraphView } from "./graph-view.js";
import { formatMoment } from "./layout/duration.js";
import { lockOrderGraph, waitForGraph } from "./layout/graph.js";
import { type GraphTab, TABS, type Tab } from "./layout/kept-state.js";
import { parseSearch } from "./layout/search.js";
import { type Row, type Table, type TableSource, tableOf, tabTitle } from "./layout/tables.js";
import { type LinkActions, PartView } from "./part-view.js";

export interface TableState {
  /** The one that is looked at; undefined stands for now. */
  readonly moment: number | undefined;
  readonly search: string;
  /** How the table takes the filter of threads. */
  readonly filter: string;
}

export interface TableActions extends LinkActions {
  saveGraph(tab: GraphTab, svg: string): void;
  selectTab(tab: Tab): void;
  /** Tells about now again. */
  toNow(): void;
  search(text: string): void;
}

/** The tables below the lanes, one at a time. They tell everything that the lanes show of the moment that is looked at. */
export class TableView {
  readonly root: HTMLElement;
  readonly #actions: TableActions;
  readonly #tabs: ReadonlyMap<Tab, HTMLButtonElement>;
  readonly #panel = element("div", { class: "table-panel", role: "tabpanel", id: "table-panel", tabindex: "0" });
  readonly #head = element("thead");
  readonly #body = element("tbody");
  readonly #table = element("table", {}, this.#head, this.#body);
  readonly #graph: GraphView;
  readonly #note = element("p", { class: "table-note", role: "status" });
  readonly #search = element("input", {
    type: "search",
    class: "search",
    placeholder: "Search",
    title: "Rows with these words, and with >5ms those that lasted so long (/)",
    "aria-label": "Search the tables",
    "aria-keyshortcuts": "/",
    spellcheck: "false",
  });
  readonly #rows = new Map<string, RowView>();
  readonly #moment = element("span");
  readonly #filter = element("span", { class: "filter-note", hidden: "" });
  readonly #toNow = element("button", { type: "button", class: "link", "aria-keyshortcuts": "k" }, "to now");
  readonly #when = element("div", { class: "when", hidden: "" }, this.#moment, this.#toNow);
  #tab: Tab | undefined;

  constructor(actions: TableActions) {
    this.#actions = actions;
    this.#tabs = new Map(TABS.map((tab) => [tab, this.#tabButton(tab)]));
    const list = element("div", { class: "tabs", role: "tablist", "aria-label": "Tables" }, ...this.#tabs.values());
    list.addEventListener("keydown", (event) => this.#moveByKey(event));
    this.#graph = new GraphView({
      ...actions,
      saveGraph: (svg) => actions.saveGraph(this.#tab === "waits" ? "waits" : "order", svg),
    });
    this.#panel.append(this.#table, this.#note, this.#graph.root);
    this.#toNow.addEventListener("click", () => actions.toNow());
    this.#search.addEventListener("input", () => actions.search(this.#search.value));
    this.#search.addEventListener("keydown", (event) => this.#searchByKey(event));
    const aside = element("div", { class: "aside" }, this.#filter, this.#when, this.#search);
    const head = element("div", { class: "tables-head" }, list, aside);
    this.root = element("section", { class: "tables", "aria-label": "Tables" }, head, this.#panel);
  }

  show(tab: Tab, source: TableSource, { moment, search, filter }: TableState): void {
    if (this.#search.value !== search) this.#search.value = search;
    setShown(this.#when, moment !== undefined);
    setText(this.#filter, filter);
    setShown(this.#filter, filter !== "");
    if (moment !== undefined) setText(this.#moment, whenOf(tab, moment));
    const sought = parseSearch(search);
    for (const [each, button] of this.#tabs) {
      setText(button, tabTitle(each, source, sought));
      button.ariaSelected = String(each === tab);
      button.tabIndex = each === tab ? 0 : -1;
    }
    const isGraph = tab === "waits" || tab === "order";
    this.root.classList.toggle("with-graph", isGraph);
    setShown(this.#table, !isGraph);
    setShown(this.#graph.root, isGraph);
    if (isGraph) {
      this.#begin(tab, { columns: [] });
      setShown(this.#note, false);
      const graph =
        tab === "waits" ? waitForGraph(source.snapshot, source.words) : lockOrderGraph(source.found?.lockOrder);
      return this.#graph.show(graph);
    }
    const table = tableOf(tab, source, sought);
    if (tab !== this.#tab) this.#begin(tab, table);
    this.#showRows(table);
    const note = table.rows.length === 0 ? table.empty : table.more > 0 ? `and ${table.more} more` : "";
    setText(this.#note, note);
    setShown(this.#note, note !== "");
    setShown(this.#head, table.rows.length > 0);
  }

  /** Puts the cursor where words can be looked for. */
  startSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  /** What is typed is no command. Escape takes the search away, Enter goes to the rows. */
  #searchByKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape" && this.#search.value !== "") this.#actions.search("");
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    this.#panel.focus();
  }

  #begin(tab: Tab, { columns }: Pick<Table, "columns">): void {
    this.#tab = tab;
    this.#panel.setAttribute("aria-labelledby", `tab-${tab}`);
    const titles = columns.map(({ title, isNumber }) =>
      element("th", { scope: "col", ...(isNumber ? { class: "number" } : {}) }, title),
    );
    this.#head.replaceChildren(element("tr", {}, ...titles));
    this.#body.replaceChildren();
    this.#rows.clear();
    // In a narrow panel not all tabs are in view, and nobody may have gone to this one.
    this.#tabs.get(tab)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #showRows(table: Table): void {
    const gone = new Set(this.#rows.keys());
    table.rows.forEach((row, i) => {
      let view = this.#rows.get(row.key);
      if (view === undefined) {
        view = new RowView(row, table, this.#actions);
        this.#rows.set(row.key, view);
      }
      gone.delete(row.key);
      view.show(row);
      if (this.#body.children[i] !== view.root) this.#body.insertBefore(view.root, this.#body.children[i] ?? null);
    });
    for (const key of gone) {
      this.#rows.get(key)?.root.remove();
      this.#rows.delete(key);
    }
  }

  #tabButton(tab: Tab): HTMLButtonElement {
    const attributes = { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": "table-panel" };
    const button = element("button", attributes);
    button.addEventListener("click", () => this.#actions.selectTab(tab));
    return button;
  }

  /** As in every list of tabs: arrows go round, Home and End to the ends. */
  #moveByKey(event: KeyboardEvent): void {
    // From the one with the focus: its table may not be drawn yet.
    const focused = TABS.findIndex((tab) => this.#tabs.get(tab) === document.activeElement);
    const at = focused < 0 ? TABS.indexOf(this.#tab ?? "contention") : focused;
    const moves: Readonly<Record<string, number>> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 };
    const to = moves[event.key];
    const tab = to === undefined ? undefined : TABS.at(to % TABS.length);
    if (tab === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#actions.selectTab(tab);
    this.#tabs.get(tab)?.focus();
  }
}

/** Waits are counted over all of the trace. */
function whenOf(tab: Tab, moment: number): string {
  if (tab === "area") return `up to ${formatMoment(moment)}`;
  return tab === "order" || tab === "contention" || tab === "findings" || tab === "comparison"
    ? "all of the trace"
    : `at ${formatMoment(moment)}`;
}

class RowView {
  readonly root = element("tr");
  readonly #cells: readonly { readonly parts: PartView; readonly bar: HTMLElement | undefined }[];
  #thread = 0;

  constructor(row: Row, { columns }: Table, actions: LinkActions) {
    this.#cells = row.cells.map((cell, i) => {
      const content = element("span");
      const bar = cell.bar === undefined ? undefined : element("span", { class: "bar", "aria-hidden": "true" });
      const box = element("td", columns[i]?.isNumber ? { class: "number" } : {}, ...(bar ? [bar] : []), content);
      this.root.append(box);
      return { parts: new PartView(content, actions), bar };
    });
    this.root.addEventListener("click", () => {
      if (this.#thread !== 0) actions.selectThread(this.#thread);
    });
  }

  show({ cells, thread }: Row): void {
    this.#thread = thread;
    this.root.classList.toggle("selects", thread !== 0);
    cells.forEach(({ parts, bar }, i) => {
      const view = this.#cells[i];
      view?.parts.show(parts);
      if (view?.bar !== undefined && bar !== undefined) view.bar.style.width = `${Math.max(2, Math.round(bar * 70))}px`;
    });
  }
}
