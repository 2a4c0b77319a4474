import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { cycles, wayTo } from "./support/import-graph.js";
import { type Import, importsOf, sourceFiles } from "./support/imports.js";
import { repositoryRoot } from "./support/repository.js";

/**
 * Who may import whom. A file belongs to the first layer that names it or a folder it is in; inside one layer files
 * may import each other, as long as there is no cycle. A new arrow here needs a dated decision in ARCHITECTURE.md.
 */
interface Layer {
  readonly name: string;
  /** Files, or folders with a `/` at the end. */
  readonly files: readonly string[];
  readonly mayImport: readonly string[];
  /** Packages, `node:` standing for all of Node's own modules. `type …` allows types only. */
  readonly packages: readonly string[];
}

const server = "server/src/";

/** Node's modules that only compute. The engine reads no files: `source` does, for all of it. */
const PURE = ["node:path", "node:util", "node:crypto"];

const LAYERS: readonly Layer[] = [
  // The format of traces and what they come to: for terminal and editor, where there may be no Node.
  {
    name: "trace format",
    files: [
      ...[
        "format.ts",
        "decode.ts",
        "trace-sink.ts",
        "payload-reader.ts",
        "shared-ids.ts",
        "trace-processes.ts",
        "holder.ts",
      ],
      ...[
        "event-queue.ts",
        "summary.ts",
        "trace-summary.ts",
        "message-figures.ts",
        "span-figures.ts",
        "compare.ts",
        "statistics.ts",
        "findings/",
      ],
    ].map((file) => `runtime/src/trace/${file}`),
    mayImport: [],
    packages: [],
  },
  // The same in the formats of other viewers.
  {
    name: "trace export",
    files: [
      "export",
      "tracks",
      "thread-tracks",
      "object-tracks",
      "message-arrows",
      "track-writer",
      "chrome-trace",
      "perfetto-trace",
      "protobuf",
    ].map((file) => `runtime/src/trace/${file}.ts`),
    mayImport: ["trace format"],
    packages: [],
  },
  // What the runtime asks of the place it runs in, by the name `#host`: one file answers for Node, one for browsers.
  { name: "errors", files: ["runtime/src/errors.ts"], mayImport: [], packages: [] },
  { name: "host", files: ["runtime/src/host/host.ts"], mayImport: [], packages: [] },
  {
    name: "host Node",
    files: ["node", "node-output"].map((file) => `runtime/src/host/${file}.ts`),
    mayImport: ["errors", "host"],
    packages: ["node:"],
  },
  { name: "host browser", files: ["runtime/src/host/browser.ts"], mayImport: ["errors", "host"], packages: [] },
  {
    name: "thread in a browser",
    files: ["heddle-worker", "browser-thread"].map((file) => `runtime/src/host/${file}.ts`),
    mayImport: ["host browser", "runtime"],
    packages: [],
  },
  // The first modules of workers, which bring host and library together.
  {
    name: "thread on Node",
    files: ["runtime/src/host/"],
    mayImport: ["host Node", "runtime"],
    packages: ["node:"],
  },
  {
    name: "recording",
    files: [
      ...[
        "index",
        "start",
        "ending",
        "preload",
        "recording",
        "invitation",
        "collector",
        "spool",
        "announcement",
        "source-place",
      ].map((file) => `runtime/src/trace/${file}.ts`),
      "runtime/src/trace/plain-messages.ts",
      "runtime/src/trace/plain-threads.ts",
      "runtime/src/trace/plain-mutexes.ts",
      "runtime/src/trace/mutex-agents.ts",
      "runtime/src/trace/mutex-packages.ts",
      "runtime/src/trace/plain-processes.ts",
      "runtime/src/trace/preload-required.cts",
    ],
    mayImport: ["errors", "host Node", "runtime", "trace format", "trace export"],
    packages: ["node:"],
  },
  // Proxies of a manager's objects, wherever those are.
  {
    name: "proxies",
    files: ["remote", "list-proxy", "dict-proxy", "namespace-proxy", "array-proxy", "object-proxy"].map(
      (file) => `runtime/src/process/manager/${file}.ts`,
    ),
    mayImport: ["errors", "runtime"],
    packages: [],
  },
  // The interface of processes, made of threads.
  {
    name: "dummy",
    files: ["runtime/src/dummy/"],
    mayImport: ["errors", "host", "runtime", "proxies"],
    packages: ["#host"],
  },
  // Processes, on Node alone.
  {
    name: "processes",
    files: ["runtime/src/process/"],
    mayImport: ["errors", "host", "host Node", "runtime", "recording", "proxies", "trace format"],
    packages: ["#host", "node:"],
  },
  {
    name: "runtime",
    files: ["runtime/src/"],
    mayImport: ["errors", "host", "trace format"],
    packages: ["#host"],
  },

  // What every stage of the engine says: a place in the source, and a finding with its edits.
  { name: "site", files: [`${server}source/site.ts`], mayImport: [], packages: [] },
  { name: "finding", files: [`${server}finding.ts`], mayImport: ["site"], packages: [] },

  // The syntax vocabulary for phrasing fixes: all that a rule may know about syntax.
  {
    name: "phrasing",
    files: [
      "async-executors",
      "awaited-first",
      "finally-behind",
      "promise-keeper",
      "restored-state",
      "settled-always",
      "shared-run",
      "test-under-lock",
      "tested-again",
      "called-once",
      "calls-given",
      "wrapped-error",
      "carried-value",
      "annotate",
      "layout",
      "earlier-listener",
      "emptied-container",
      "imports",
      "lock-calls",
      "condition-calls",
      "lock-statements",
      "main-call",
      "managed-instead",
      "manager-place",
      "merged-sections",
      "method-call",
      "moved-statement",
      "moved-task",
      "new-lock",
      "new-suppression",
      "raced-timers",
      "shared-instead",
      "scope-for-try",
      "pointed-at",
      "guarded-class",
      "extracted-section",
      "peer-handlers",
      "pool-calls",
      "read-use",
      "refound-index",
      "rejected-entries",
      "regions",
      "resource-statements",
      "stated-before",
      "stored-update",
      "suppressions",
      "task-arguments",
      "updates",
    ].map((file) => `${server}source/${file}.ts`),
    mayImport: ["source", "site"],
    packages: PURE,
  },
  {
    name: "source",
    files: [`${server}source/`],
    mayImport: ["site", "phrasing"],
    packages: ["ts-morph", "@ts-morph/common", "node:"],
  },
  { name: "model", files: [`${server}model/`], mayImport: ["site", "source"], packages: PURE },
  { name: "facts", files: [`${server}facts/`], mayImport: ["site", "model"], packages: PURE },
  { name: "summaries", files: [`${server}summaries/`], mayImport: ["site", "model", "facts"], packages: PURE },
  {
    name: "program",
    files: [
      "program",
      "read-program",
      "workbench",
      "first-accepted",
      "function-view",
      "file-readings",
      "asked-of-readings",
    ].map((file) => `${server}${file}.ts`),
    mayImport: ["site", "finding", "source", "phrasing", "model", "facts", "summaries"],
    packages: [],
  },
  // What the engine knows of a place, for who points at it.
  {
    name: "knowledge",
    files: [`${server}knowledge/`],
    mayImport: ["site", "finding", "source", "program"],
    packages: [],
  },
  // What can be done besides fixes; they phrase edits as fixes do.
  {
    name: "refactorings",
    files: [`${server}refactorings/`],
    mayImport: ["site", "finding", "phrasing", "program", "knowledge"],
    packages: PURE,
  },
  { name: "rules", files: [`${server}rules/`], mayImport: ["site", "finding", "phrasing", "program"], packages: [] },
  {
    name: "analysis",
    files: ["analysis", "suppressing", "function-statements", "fix-all", "edited-lines", "edits-judged"].map(
      (file) => `${server}${file}.ts`,
    ),
    mayImport: [
      "site",
      "finding",
      "source",
      "phrasing",
      "program",
      "knowledge",
      "rules",
      "refactorings",
      "nearest",
      "seen kinds",
    ],
    packages: PURE,
  },
  { name: "seen kinds", files: [`${server}seen-kinds.ts`], mayImport: [], packages: [] },
  {
    name: "seen in run",
    files: [`${server}seen-in-run.ts`, `${server}lock-order-graph.ts`],
    mayImport: ["finding", "phrasing", "analysis", "rules", "protocol", "seen kinds"],
    packages: [],
  },
  { name: "nearest", files: [`${server}nearest.ts`], mayImport: [], packages: [] },
  {
    name: "configuration",
    files: [`${server}configuration.ts`, `${server}model-files.ts`],
    mayImport: ["finding", "source", "model", "rules", "nearest", "seen kinds"],
    packages: ["node:"],
  },
  { name: "rule pages", files: [`${server}rule-page.ts`], mayImport: [], packages: ["node:"] },
  { name: "cache folder", files: [`${server}cache-folder.ts`], mayImport: [], packages: ["node:"] },
  {
    name: "result cache",
    files: [`${server}result-cache.ts`],
    mayImport: ["source", "cache folder"],
    packages: ["node:"],
  },
  // What runs before the engine is there.
  {
    name: "start",
    files: [`${server}start.ts`, `${server}compiled-code.ts`, `${server}v8-flags.ts`],
    mayImport: ["cache folder"],
    packages: ["node:"],
  },
  { name: "protocol", files: [`${server}protocol.ts`], mayImport: [], packages: [] },
  {
    name: "lsp",
    files: [`${server}lsp/`, `${server}main.ts`],
    mayImport: [
      "site",
      "finding",
      "source",
      "phrasing",
      "knowledge",
      "analysis",
      "rules",
      "protocol",
      "seen kinds",
      "seen in run",
      "rule pages",
      "configuration",
      "cache folder",
      "result cache",
    ],
    packages: ["vscode-languageserver", "vscode-languageserver-textdocument", "node:", "../../package.json"],
  },
  {
    name: "cli",
    files: [`${server}cli/`, `${server}cli.ts`],
    mayImport: [
      "trace format",
      "trace export",
      "site",
      "finding",
      "source",
      "knowledge",
      "analysis",
      "rules",
      "protocol",
      "seen kinds",
      "seen in run",
      "rule pages",
      "configuration",
      "cache folder",
      "result cache",
      "nearest",
      "lsp",
    ],
    packages: ["node:", "../package.json", "../../package.json"],
  },

  { name: "docs site", files: ["server/site/"], mayImport: [], packages: ["node:", "typedoc", "vitepress"] },
  { name: "shared", files: ["client/shared/"], mayImport: [], packages: [] },
  // Where things are in the trace panel and what is said: computed without a page. What draws it is `webview`.
  { name: "panel layout", files: ["client/webview/layout/"], mayImport: ["shared"], packages: [] },
  { name: "webview", files: ["client/webview/"], mayImport: ["shared", "panel layout"], packages: [] },
  // From a trace file to pixels' worth of it, in a worker. Only what reads the file needs Node.
  {
    name: "timeline worker",
    files: ["tail", "finding-pass", "comparing", "exporting", "reading", "worker"].map(
      (file) => `client/timeline/${file}.ts`,
    ),
    mayImport: ["shared", "trace format", "trace export", "timeline"],
    packages: ["node:"],
  },
  { name: "timeline", files: ["client/timeline/"], mayImport: ["shared", "trace format"], packages: [] },
  // What puts the extension into a real editor, for people (`npm start`) and for tests. Never ships.
  { name: "host", files: ["client/host/", "client/start.ts"], mayImport: [], packages: ["node:"] },
  {
    name: "client",
    files: ["client/src/"],
    mayImport: ["shared", "protocol"],
    packages: ["vscode", "vscode-languageclient", "node:", "type heddle"],
  },
];

const files = sourceFiles(["runtime/src/", "server/src/", "client/"]);
const imports = importsOf(files);

function layerOf(file: string): Layer | undefined {
  const owns = (part: string): boolean => (part.endsWith("/") ? file.startsWith(part) : file === part);
  return LAYERS.find((layer) => layer.files.some(owns));
}

/** What is wrong with an import; undefined if nothing is. */
function objection(found: Import): string | undefined {
  const from = layerOf(found.from);
  if (!from) return `${found.from} is in no layer`;
  const place = `${found.from}:${found.line} (${from.name})`;
  if (found.to === undefined) {
    return isAllowedPackage(from, found) ? undefined : `${place} imports the package "${found.specifier}"`;
  }
  const to = layerOf(found.to);
  if (to === from || (to && from.mayImport.includes(to.name))) return undefined;
  return `${place} imports ${found.to} (${to?.name ?? "no layer"})`;
}

function isAllowedPackage(layer: Layer, { specifier, isTypeOnly }: Import): boolean {
  return layer.packages.some((allowed) => {
    const name = allowed.replace(/^type /, "");
    const isSame =
      name === "node:" ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`);
    return isSame && (isTypeOnly || name === allowed);
  });
}

suite("who may import whom", () => {
  test("every source file is in a layer, and every import is in the table", () => {
    assert.deepEqual(
      files.filter((file) => !layerOf(file)),
      [],
    );
    assert.deepEqual(
      imports.map(objection).filter((text) => text !== undefined),
      [],
    );
  });

  test("the table names no layer that it does not have", () => {
    const names = LAYERS.map((layer) => layer.name);
    assert.deepEqual(
      LAYERS.flatMap((layer) => layer.mayImport).filter((name) => !names.includes(name)),
      [],
    );
  });

  test("the table objects to what it does not allow", () => {
    const base = { line: 1, isTypeOnly: false };
    const wrong: readonly Omit<Import, "line" | "isTypeOnly">[] = [
      { from: `${server}facts/locksets.ts`, specifier: "../source/syntax.js", to: `${server}source/syntax.ts` },
      { from: `${server}model/lower.ts`, specifier: "ts-morph", to: undefined },
      { from: "client/src/extension.ts", specifier: "heddle/trace", to: undefined },
      { from: "client/webview/view.ts", specifier: "node:fs", to: undefined },
      { from: "runtime/src/lock.ts", specifier: "node:worker_threads", to: undefined },
      { from: "runtime/src/host/browser.ts", specifier: "node:url", to: undefined },
      { from: "somewhere/else.ts", specifier: "./a.js", to: "somewhere/a.ts" },
    ];
    for (const each of wrong) assert.ok(objection({ ...each, ...base }), each.from);
    const types = { from: "client/src/trace.ts", line: 1, specifier: "heddle/trace", to: undefined, isTypeOnly: true };
    assert.equal(objection(types), undefined);
  });

  test("a rule imports no rule", () => {
    const isRule = (file: string): boolean =>
      file.startsWith("server/src/rules/") && existsSync(new URL(file.replace(/\.ts$/, ".md"), repositoryRoot));
    const between = imports.filter(({ from, to }) => isRule(from) && to !== undefined && isRule(to));
    assert.deepEqual(
      between.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  test("only futex.ts waits and wakes", () => {
    const users = files
      .filter((file) => file.startsWith("runtime/src/") && file !== "runtime/src/futex.ts")
      .filter((file) =>
        /\bAtomics\.(wait|waitAsync|notify)\(/.test(readFileSync(new URL(file, repositoryRoot), "utf8")),
      );
    assert.deepEqual(users, []);
  });

  test("the collector, which is none of the program's threads, loads nothing that makes it one", () => {
    const loads = wayTo(imports, "runtime/src/trace/collector.ts", "runtime/src/self.ts");
    assert.equal(loads, undefined);
    assert.match(
      String(wayTo(imports, "runtime/src/trace/recorder.ts", "runtime/src/self.ts")),
      / -> runtime\/src\/self\.ts$/,
    );
  });

  test("no file leads back to itself", () => {
    assert.deepEqual(cycles(imports), []);
  });

  test("a cycle would be found", () => {
    const edge = (from: string, to: string): Import => ({ from, to, line: 1, specifier: "", isTypeOnly: true });
    assert.deepEqual(cycles([edge("a", "b"), edge("b", "c"), edge("c", "b")]), ["b -> c -> b"]);
  });
});
