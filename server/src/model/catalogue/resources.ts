/**
 * What a method does to the life of its object. `use` and `task` leave it as it is; a method that is not listed may do
 * anything, and so may whoever gets the object.
 */
export type Deed = "start" | "run" | "wait" | "close" | "end" | "task" | "use";

/** Objects with threads or processes of their own, which somebody has to end. */
export interface ResourceModel {
  /** The specifier without `node:`, or `global` for what needs no import. */
  readonly module: string;
  /** The names under which the module exports what makes one. */
  readonly names: readonly string[];
  /** Whether it is made by `new`, or by a call. */
  readonly how: "new" | "call";
  readonly noun: "thread" | "pool" | "worker" | "process";
  /** Whether it runs as soon as it is made. */
  readonly startsNow: boolean;
  /** Whether the end of the program is its end too, or waits for it: it then hurts only whoever goes on running. */
  readonly endsWithProgram: boolean;
  /** Set for what ends by itself after a time that is given, and is made to be left alone. */
  readonly endsItself?: true;
  readonly methods: Readonly<Record<string, Deed>>;
}

const listening = {
  on: "use",
  once: "use",
  off: "use",
  addListener: "use",
  removeListener: "use",
  addEventListener: "use",
  removeEventListener: "use",
} as const;

/** Whoever asks `isAlive` minds the end of the thread in a way of their own. */
const thread = { start: "start", run: "run", join: "wait", joinAsync: "wait" } as const;

const worker = {
  names: ["Worker"],
  how: "new",
  noun: "worker",
  startsNow: true,
  endsWithProgram: false,
  methods: { ...listening, postMessage: "use", terminate: "end" },
} as const;

export const resourceModels: readonly ResourceModel[] = [
  {
    module: "heddle",
    names: ["Thread"],
    how: "new",
    noun: "thread",
    startsNow: false,
    endsWithProgram: true,
    methods: thread,
  },
  {
    module: "heddle",
    names: ["Timer"],
    how: "new",
    noun: "thread",
    startsNow: false,
    endsWithProgram: true,
    endsItself: true,
    methods: { ...thread, cancel: "end" },
  },
  {
    module: "heddle",
    names: ["Pool"],
    how: "new",
    noun: "pool",
    startsNow: true,
    endsWithProgram: true,
    methods: {
      apply: "task",
      applyAsync: "task",
      map: "task",
      mapAsync: "task",
      starmap: "task",
      starmapAsync: "task",
      imap: "task",
      imapUnordered: "task",
      close: "close",
      terminate: "end",
      join: "wait",
      joinAsync: "wait",
    },
  },
  { module: "worker_threads", ...worker },
  { module: "global", ...worker },
  {
    module: "child_process",
    names: ["fork", "spawn"],
    how: "call",
    noun: "process",
    startsNow: true,
    endsWithProgram: false,
    methods: { ...listening, send: "use", kill: "end", disconnect: "end" },
  },
  {
    module: "piscina",
    names: ["default", "Piscina"],
    how: "new",
    noun: "pool",
    startsNow: true,
    endsWithProgram: true,
    methods: { ...listening, run: "task", close: "end", destroy: "end" },
  },
  {
    module: "tinypool",
    names: ["default", "Tinypool"],
    how: "new",
    noun: "pool",
    startsNow: true,
    endsWithProgram: true,
    methods: { run: "task", destroy: "end" },
  },
  {
    module: "workerpool",
    names: ["pool"],
    how: "call",
    noun: "pool",
    startsNow: true,
    endsWithProgram: false,
    methods: { exec: "task", proxy: "task", stats: "use", terminate: "end" },
  },
];
