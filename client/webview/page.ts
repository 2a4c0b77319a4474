import type { Frame, Overview } from "../shared/frame.js";
import type { Answer, Order } from "../shared/messages.js";
import type { Place, Snapshot, ThreadNow } from "../shared/snapshot.js";
import { Banner } from "./banner.js";
import { DetailsView } from "./details-view.js";
import { element, setShown, setText } from "./element.js";
import { FilterBar } from "./filter-bar.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import type { Host } from "./host.js";
import { Explorer, type Moment } from "./layout/explorer.js";
import { type Filter, isFiltering, type RelatedFilter } from "./layout/filter.js";
import { filterNote } from "./layout/filter-note.js";
import { FrameSupply } from "./layout/frame-supply.js";
import { parseKept } from "./layout/kept-state.js";
import { type Command, commandFor } from "./layout/keys.js";
import { type Notice, noticeFor } from "./layout/notices.js";
import { stateName } from "./layout/phrases.js";
import { QuestionQueue } from "./layout/question-queue.js";
import type { Span } from "./layout/span.js";
import { TraceState } from "./layout/trace-state.js";
import type { Move } from "./layout/view.js";
import { OverviewStrip } from "./overview-strip.js";
import { onThemeChange, type Palette, readPalette } from "./palette.js";
import { PointerHint } from "./pointer-hint.js";
import { TableView } from "./table-view.js";
import { Timeline } from "./timeline.js";

/** Milliseconds between frames of a part that grows, and between those of all of the trace. */
const FRAME_PAUSE = 30;
const OVERVIEW_PAUSE = 1_000;
const OVERVIEW_COLUMNS = 600;
/** Milliseconds between changes of the tables: nobody reads faster. */
const TABLE_PAUSE = 200;
/** The same where nothing is new but the lengths of what goes on. */
const LENGTHS_PAUSE = 1000;
const KEEP_PAUSE = 200;
/** CSS pixels of the part with the lanes: so much the details of a thread take as well. */
const LEAST_HEIGHT = 330;

/** Puts the parts of the page together: what the host says comes in, and what people do goes out. */
export class Page {
  readonly #host: Host;
  readonly #trace = new TraceState();
  readonly #explorer: Explorer;
  readonly #frames: FrameSupply<Frame>;
  readonly #overviews: FrameSupply<Overview>;
  readonly #descriptions: QuestionQueue<Moment>;
  readonly #looks: QuestionQueue<number>;
  readonly #sums: QuestionQueue<Span>;
  readonly #relations: QuestionQueue<RelatedFilter>;
  readonly #header: Header;
  readonly #banner: Banner;
  readonly #filterBar: FilterBar;
  readonly #strip: OverviewStrip;
  readonly #timeline: Timeline;
  readonly #details: DetailsView;
  readonly #tables: TableView;
  readonly #help = new Help();
  readonly #main = element("main");
  readonly #hint: PointerHint;
  readonly #news = element("div", { class: "visually-hidden", role: "status" });
  #palette: Palette = readPalette();
  /** Somebody moved the view: the next frame is not put off. */
  #isUrgent = false;
  #isDrawing = false;
  #areTablesOld = true;
  #tablesAt = Number.NEGATIVE_INFINITY;
  #keepTimer = 0;
  #askTimer = 0;
  /** What is selected next is read out, because somebody went there by a key. */
  #isAsked = false;
  /** How many threads are shown is read out, because somebody changed the filter. */
  #isFilterNew = false;
  // Answers to the page that was here before must not be taken for answers to this one.
  #lastRequest = Date.now();

  constructor(host: Host) {
    this.#host = host;
    const newRequest = (): number => ++this.#lastRequest;
    this.#frames = new FrameSupply(
      ({ span: { from, to }, columns, threads, counters }, request) =>
        host.send({ type: "view", request, from, to, columns, threads, counters }),
      newRequest,
      FRAME_PAUSE,
    );
    this.#overviews = new FrameSupply(
      ({ span: { from, to }, columns }, request) => host.send({ type: "overview", request, from, to, columns }),
      newRequest,
      OVERVIEW_PAUSE,
    );
    this.#descriptions = new QuestionQueue((moment, request) => {
      host.send({ type: "describe", request, ...moment });
    }, newRequest);
    this.#looks = new QuestionQueue((time, request) => host.send({ type: "look", request, time }), newRequest);
    this.#sums = new QuestionQueue(
      ({ from, to }, request) => host.send({ type: "sum", request, from, to }),
      newRequest,
    );
    this.#relations = new QuestionQueue(
      (question, request) => host.send({ type: "relate", request, ...question }),
      newRequest,
    );
    this.#explorer = new Explorer(
      this.#trace,
      parseKept(host.kept),
      (moment) => {
        if (moment.thread !== 0) this.#descriptions.ask(moment, performance.now());
        this.#looks.ask(moment.time, performance.now());
        const { area } = this.#explorer;
        if (area !== undefined) this.#sums.ask(area, performance.now());
      },
      (question) => this.#relations.ask(question, performance.now()),
    );
    this.#hint = new PointerHint(this.#trace.words, (question) => host.send(question), newRequest);

    const links = {
      open: (place: Place) => host.send({ type: "open", place }),
      selectThread: (thread: number) => this.#select(thread, this.#explorer.moment),
      filterByObject: (object: number) => this.#filterBy({ ...this.#explorer.filter.filter, object }),
    };
    const command = (name: Command) => () => this.#do(name);
    this.#header = new Header({
      follow: command("follow"),
      fit: command("fit"),
      filter: command("filter"),
      compare: () => host.send({ type: "compare" }),
      exportTrace: () => host.send({ type: "export" }),
      help: command("help"),
    });
    this.#banner = new Banner(links);
    this.#filterBar = new FilterBar({
      filter: (filter) => this.#filterBy(filter),
      leave: () => this.#timeline.focus(),
    });
    this.#strip = new OverviewStrip((span) => this.#move({ type: "go", span }));
    this.#timeline = new Timeline(this.#trace.words, this.#palette, {
      move: (move) => this.#move(move),
      select: (thread, time) => this.#select(thread, time ?? this.#explorer.moment),
      moment: () => this.#explorer.moment,
      mark: (time) => {
        this.#explorer.mark(time);
        this.#changed();
      },
      scrub: (time) => {
        this.#explorer.scrub(time, performance.now());
        this.#changed();
      },
      hover: (spot, x, y) => this.#hint.show(spot, x, y, this.#frames.frame),
      changed: () => this.#drawSoon(),
    });
    this.#details = new DetailsView({
      ...links,
      toBlocker: command("toBlocker"),
      back: command("back"),
      onlyRelated: command("onlyRelated"),
      hide: command("hide"),
    });
    this.#tables = new TableView({
      ...links,
      selectTab: (tab) => {
        this.#explorer.tab = tab;
        this.#changed();
      },
      toNow: command("toNow"),
      saveGraph: (name, svg) => host.send({ type: "saveGraph", name, svg }),
      search: (text) => {
        this.#explorer.search = text;
        this.#changed();
      },
    });
  }

  /** Shows the page and tells the host that it can take messages. */
  begin(): void {
    this.#main.append(this.#timeline.root, this.#details.root);
    document.body.append(
      this.#header.root,
      this.#banner.root,
      this.#filterBar.root,
      this.#strip.root,
      this.#main,
      this.#tables.root,
      this.#news,
      this.#help.root,
      this.#hint.root,
    );
    addEventListener("keydown", (event) => this.#pressed(event));
    addEventListener("resize", () => this.#drawSoon());
    onThemeChange(() => {
      this.#palette = readPalette();
      this.#timeline.canvas.setPalette(this.#palette);
      this.#drawSoon();
    });
    this.#host.listen((message) => this.#hear(message));
    this.#host.send({ type: "ready" });
    this.#explorer.refresh();
    this.#explorer.filter.refresh();
    this.#drawSoon();
  }

  #hear(message: Answer | Order): void {
    const clock = performance.now();
    const before = this.#trace.status?.state;
    this.#trace.hear(message, clock);
    switch (message.type) {
      case "frame":
        this.#frames.take(message.frame, clock);
        break;
      case "overview":
        this.#overviews.take(message.overview, clock);
        break;
      case "description":
        if (this.#hint.take(message.description)) return;
        if (this.#descriptions.answered(message.description.request, clock)) {
          this.#explorer.describe(message.description);
        }
        break;
      case "past":
        if (this.#looks.answered(message.past.request, clock)) this.#explorer.look(message.past.snapshot);
        this.#areTablesOld = true;
        break;
      case "sums":
        if (this.#sums.answered(message.sums.request, clock)) this.#explorer.sum(message.sums);
        this.#areTablesOld = true;
        break;
      case "related":
        if (this.#relations.answered(message.related.request, clock))
          this.#explorer.filter.take(message.related.threads);
        this.#areTablesOld = true;
        break;
      case "status":
        this.#frames.outdate();
        this.#overviews.outdate();
        if (this.#trace.isLive || before !== message.status.state) this.#explorer.filter.refresh();
        if (this.#trace.isLive) this.#explorer.refresh();
        if (before !== undefined && before !== message.status.state) setText(this.#news, stateName(message.status));
        // That time goes on is drawn with the frame that shows it.
        if (this.#trace.isLive && before === message.status.state) return this.#askInTurn();
        break;
      case "select":
        this.#select(message.thread, undefined);
        break;
      case "compared":
        this.#explorer.tab = "comparison";
        this.#changed();
        break;
      default:
        this.#areTablesOld = true;
    }
    this.#drawSoon();
  }

  #pressed(event: KeyboardEvent): void {
    const command = event.defaultPrevented ? undefined : commandFor(event);
    const target = event.target instanceof Element ? event.target : document.body;
    // A button with the focus is pressed by Space, and what can be scrolled is scrolled by arrows.
    if (event.key === " " && target.closest("button") !== null) return;
    if (/^(Arrow|Home|End)/.test(event.key) && target.closest(".table-panel") !== null) return;
    if (command === undefined) return;
    event.preventDefault();
    this.#isAsked = true;
    this.#do(command);
  }

  #do(command: Command): void {
    if (command === "help") return this.#help.open();
    if (command === "search") return this.#tables.startSearch();
    if (command === "filter") {
      if (this.#filterBar.isOpen) this.#filterBar.close();
      else this.#filterBar.open();
      return this.#drawSoon();
    }
    const { filter } = this.#explorer.filter;
    this.#explorer.do(command, this.#frames.frame, performance.now());
    this.#isUrgent = true;
    if (filter !== this.#explorer.filter.filter) {
      this.#isFilterNew = true;
      // One thing is said at a time.
      this.#isAsked = false;
    }
    const { selection } = this.#explorer;
    if (selection !== undefined && selection.thread !== 0) this.#timeline.reveal(selection.thread);
    this.#changed();
  }

  #move(move: Move): void {
    this.#explorer.move(move, performance.now());
    this.#isUrgent = true;
    this.#changed();
  }

  #select(thread: number, time: number | undefined): void {
    this.#explorer.select({ thread, time });
    this.#timeline.reveal(thread);
    this.#changed();
  }

  #filterBy(filter: Filter): void {
    this.#explorer.filter.filter = filter;
    this.#isFilterNew = true;
    this.#changed();
  }

  /** Somebody did something: that is worth keeping. */
  #changed(): void {
    this.#areTablesOld = true;
    this.#tablesAt = Number.NEGATIVE_INFINITY;
    this.#drawSoon();
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => this.#host.keep(this.#explorer.kept), KEEP_PAUSE);
  }

  #drawSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#draw(performance.now());
    });
  }

  #draw(clock: number): void {
    const { status, title, snapshot } = this.#trace;
    const isFiltered = this.#filterBar.isOpen || isFiltering(this.#explorer.filter.filter);
    this.#header.show(title, status, this.#explorer.view, isFiltered);
    this.#drawFilter();
    this.#banner.show(snapshot?.deadlocks ?? [], this.#trace.words);
    // Where there are no lanes, there is nothing else to see either.
    const notice = noticeFor(status, snapshot);
    const hasLanes = notice?.isWhole !== true;
    for (const part of [this.#strip, this.#details, this.#tables]) setShown(part.root, hasLanes);
    // What few lanes need not, the tables have.
    const most = hasLanes ? `${Math.max(LEAST_HEIGHT, this.#timeline.wholeHeight + 1)}px` : "none";
    if (this.#main.style.getPropertyValue("--most") !== most) this.#main.style.setProperty("--most", most);
    this.#timeline.measure();
    const isWaiting = this.#askForFrames(clock);
    this.#drawTimeline(clock, notice);
    this.#announce(clock);
    const areTablesDue = this.#areTablesOld && clock - this.#tablesAt >= TABLE_PAUSE;
    if (areTablesDue) this.#drawTables(clock);
    // What was put off has to be done some time.
    if (this.#trace.isLive) this.#askInTurn();
    else if (isWaiting || this.#areTablesOld) this.#drawSoon();
  }

  /**
   * Asks for what is new while a program runs, which is drawn when it comes: drawing what is there already at every frame of
   * the screen takes half of a core where no graphics card helps.
   */
  #askInTurn(): void {
    if (this.#askTimer !== 0) return;
    this.#askTimer = setTimeout(() => {
      this.#askTimer = 0;
      if (!this.#trace.isLive) return this.#drawSoon();
      const clock = performance.now();
      // In a window that nobody sees nothing would be drawn of it.
      if (!document.hidden) this.#askForFrames(clock);
      // How long threads wait grows although nothing happens.
      if (clock - this.#tablesAt >= LENGTHS_PAUSE) this.#areTablesOld = true;
      if (this.#areTablesOld && clock - this.#tablesAt >= TABLE_PAUSE) this.#drawSoon();
      this.#askInTurn();
    }, FRAME_PAUSE);
  }

  #askForFrames(clock: number): boolean {
    if (this.#trace.status === undefined || this.#trace.end(clock) <= 0) return false;
    const span = this.#explorer.wantedSpan(clock);
    const { columns } = this.#timeline.canvas;
    const { threads } = this.#explorer;
    const counters = this.#explorer.shownSnapshot?.counters ?? [];
    const rows = this.#timeline.wantedRows(threads, counters, this.#explorer.selection?.thread ?? 0);
    const later = this.#frames.want({ span, columns, ...rows }, this.#isUrgent, clock);
    this.#isUrgent = false;
    const end = Math.round(this.#trace.end(clock));
    this.#overviews.want({ span: { from: 0, to: end }, columns: OVERVIEW_COLUMNS }, false, clock);
    return later;
  }

  #drawTimeline(clock: number, notice: Notice | undefined): void {
    const { status } = this.#trace;
    const { frame } = this.#frames;
    const span = this.#explorer.drawnSpan(frame, clock);
    const details = this.#explorer.details(clock);
    const { selection, moment, threads, snapshot, shownSnapshot } = this.#explorer;
    this.#timeline.show({
      counters: shownSnapshot?.counters ?? [],
      threads: threadsAt(threads, moment === undefined ? undefined : snapshot),
      frame,
      span,
      now: this.#shownAt,
      selected: selection?.thread ?? 0,
      blocker: details?.blocker ?? 0,
      moment,
      area: this.#explorer.area,
      areArrowsShown: this.#explorer.areArrowsShown,
      sentence: this.#explorer.sentence(),
      end: this.#trace.end(clock),
      corner: status?.pid === undefined ? "" : `pid ${status.pid}`,
      notice,
    });
    this.#strip.resize(document.body.clientWidth, devicePixelRatio);
    this.#strip.draw(this.#overviews.frame, span, this.#trace.end(clock), this.#palette);
    this.#details.show(details, this.#explorer.canGoBack);
  }

  #drawTables(clock: number): void {
    this.#areTablesOld = false;
    this.#tablesAt = clock;
    const { found, comparison, words } = this.#trace;
    const { snapshot, shownSnapshot, moment, tab, filter, threads, search } = this.#explorer;
    const contention = filter.contention(this.#trace.contention);
    const area = filter.sums(this.#explorer.sums, threads);
    // Graphs have all: a ring of which some is missing is none.
    const isWhole = tab === "waits";
    this.#tables.show(
      tab,
      {
        ...{ snapshot: isWhole ? snapshot : shownSnapshot, contention, found, comparison, words, area },
        now: this.#shownAt,
      },
      { moment: moment === undefined ? undefined : this.#shownAt, search, filter: filterNote(tab, filter.filter) },
    );
  }

  #drawFilter(): void {
    const { filter, threads } = this.#explorer;
    const { snapshot, contention, words } = this.#trace;
    const isActive = isFiltering(filter.filter);
    const { length: all } = this.#trace.threads;
    const count = isActive ? `${threads.length} of ${all} threads` : `all ${all} threads`;
    const objects = [...contention, ...(snapshot?.locks ?? []), ...(snapshot?.counters ?? [])];
    const byId = new Map(objects.map(({ object }) => [object.id, object]));
    this.#filterBar.show({ filter: filter.filter, count, objects: [...byId.values()], words });
    if (!this.#isFilterNew || !filter.isKnown) return;
    this.#isFilterNew = false;
    setText(this.#news, `${count} shown`);
  }

  /** The moment that names and tables tell about. */
  get #shownAt(): number {
    const { moment, snapshot } = this.#explorer;
    const now = this.#trace.status?.duration ?? 0;
    return moment === undefined ? now : (snapshot?.time ?? now);
  }

  /** Reads out where a key has led, as soon as it is known what is there. */
  #announce(clock: number): void {
    if (!this.#isAsked) return;
    const details = this.#explorer.details(clock);
    const isMoment = this.#explorer.selection?.thread === 0;
    const said = isMoment ? this.#explorer.sentence() : details && `${details.title}, ${details.subtitle}`;
    if (said === undefined) return;
    this.#isAsked = false;
    setText(this.#news, said);
  }
}

/** The lanes stay those that are there now, each as it was at the moment. */
function threadsAt(threads: readonly ThreadNow[], past: Snapshot | undefined): readonly ThreadNow[] {
  if (past === undefined) return threads;
  const then = new Map(past.threads.map((thread) => [thread.id, thread]));
  return threads.map((thread) => then.get(thread.id) ?? thread);
}
