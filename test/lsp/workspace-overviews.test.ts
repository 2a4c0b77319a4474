import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { PassThrough } from "node:stream";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  CancellationTokenSource,
  createConnection,
  LSPErrorCodes,
  type ResponseError,
} from "vscode-languageserver/node";
import { Log } from "../../server/src/lsp/log.js";
import { Overviews } from "../../server/src/lsp/overviews.js";
import { Workspace } from "../../server/src/lsp/workspace.js";
import {
  changedNotification,
  findingsRequest,
  type Location,
  type LockOrder,
  lockOrderRequest,
  locksRequest,
  type SeenLockOrder,
  type WorkspaceFindings,
  type WorkspaceLocks,
} from "../../server/src/protocol.js";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { plainProject } from "../support/plain-project.js";

/** Two locks that are taken in both orders, one of which guards a count. */
const bank = `import { Lock, main, SharedValue, Thread, tasks } from "heddle";

const till = new Lock({ name: "till" });
const stock = new Lock({ name: "stock" });
const sold = new SharedValue("i32", 0, { name: "sold" });

export function sell(): void {
  till.acquire();
  stock.acquire();
  sold.value += 1;
  stock.release();
  till.release();
}

export function count(): void {
  stock.acquire();
  till.acquire();
  sold.value += 1;
  till.release();
  stock.release();
}

tasks(import.meta.url, { sell, count });

main(import.meta.url, () => {
  const threads = [new Thread({ target: sell }), new Thread({ target: count })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

/** Another program, whose lock has a name of the first. */
const other = bank
  .replace("stock.acquire();\n  till.acquire();", "till.acquire();\n  stock.acquire();")
  .replace("till.release();\n  stock.release();\n}\n\ntasks", "stock.release();\n  till.release();\n}\n\ntasks");

function at({ uri, range }: Location): string {
  return `${uri.slice(uri.lastIndexOf("/") + 1)}:${range.start.line + 1}`;
}

suite("what is known of the whole workspace", () => {
  let folder: Folder;
  let editor: Editor;
  before(async () => {
    folder = new Folder({ ...plainProject(), "bank.ts": bank, "other.ts": other });
    editor = await Editor.start({ folders: [folder.path], cache: false });
  });
  after(async () => {
    await editor[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const findings = (withLocks: boolean): Promise<WorkspaceFindings> =>
    editor.connection.sendRequest(findingsRequest, { withLocks });
  const locks = (): Promise<WorkspaceLocks> => editor.connection.sendRequest(locksRequest, {});

  test("all findings are told, of files that nobody has open, with the locks that they are about", async () => {
    const plain = await findings(false);
    equal(plain.total, plain.findings.length);
    deepEqual(
      plain.findings.map(({ ruleId, place, severity }) => [ruleId, at(place), severity]),
      [["lock-order-inversion", "bank.ts:9", "warning"]],
    );
    ok(plain.findings[0]!.related.length > 0 && plain.findings[0]!.locks.length === 0);
    const [inversion] = (await findings(true)).findings;
    deepEqual(inversion?.locks.map(({ name }) => name).sort(), ["stock", "till"]);
  });

  test("locks are told with what they guard, who takes them, and in which order; those of another program are others", async () => {
    const all = (await locks()).locks.map((lock) => ({
      at: at(lock.place),
      guards: lock.guards.map(({ object, places, of }) => `${object} ${places}/${of}`),
      users: lock.users.map(({ name, places }) => `${name} ${places.map(at).join()}`),
      before: lock.before.map(({ name, held, taken, isOnRing }) => [name, at(held), at(taken), isOnRing]),
      after: lock.after.map(({ name, held, taken, isOnRing }) => [name, at(held), at(taken), isOnRing]),
    }));
    deepEqual(all, [
      {
        at: "bank.ts:3",
        guards: ["sold 2/2"],
        users: ["sell bank.ts:8", "count bank.ts:17"],
        before: [["stock", "bank.ts:8", "bank.ts:9", true]],
        after: [["stock", "bank.ts:16", "bank.ts:17", true]],
      },
      {
        at: "bank.ts:4",
        guards: [],
        users: ["sell bank.ts:9", "count bank.ts:16"],
        before: [["till", "bank.ts:16", "bank.ts:17", true]],
        after: [["till", "bank.ts:8", "bank.ts:9", true]],
      },
      {
        at: "other.ts:3",
        guards: ["sold 2/2"],
        users: ["sell other.ts:8", "count other.ts:16"],
        before: [
          ["stock", "other.ts:8", "other.ts:9", false],
          ["stock", "other.ts:16", "other.ts:17", false],
        ],
        after: [],
      },
      {
        at: "other.ts:4",
        guards: [],
        users: ["sell other.ts:9", "count other.ts:17"],
        before: [],
        after: [
          ["till", "other.ts:8", "other.ts:9", false],
          ["till", "other.ts:16", "other.ts:17", false],
        ],
      },
    ]);
  });

  test("the order of locks has the edges of all programs, and what a run showed where it showed it", async () => {
    const source: LockOrder = await editor.connection.sendRequest(lockOrderRequest, {});
    const named = ({ locks, edges }: LockOrder) =>
      edges.map(({ from, to, origin, ring }) => {
        const [a, b] = [locks[from]!, locks[to]!];
        return `${a.name}:${a.made?.line} → ${b.name}:${b.made?.line} ${origin}${ring === undefined ? "" : " ring"}`;
      });
    deepEqual(named(source), [
      "till:3 → stock:4 static ring",
      "stock:4 → till:3 static ring",
      "till:3 → stock:4 static",
    ]);
    const file = folder.file("bank.ts");
    const seen: SeenLockOrder = {
      locks: [
        { name: "till", count: 1, made: { file, line: 3, column: 14 } },
        { name: "stock", count: 1, made: { file, line: 4, column: 15 } },
      ],
      edges: [
        {
          ...{ from: 0, to: 1, thread: "t1", times: 7, ring: undefined },
          held: { file, line: 8, column: 8 },
          taken: { file, line: 9, column: 9 },
        },
      ],
    };
    const merged: LockOrder = await editor.connection.sendRequest(lockOrderRequest, { seen });
    deepEqual(named(merged), ["till:3 → stock:4 both ring", "stock:4 → till:3 static ring", "till:3 → stock:4 static"]);
    equal(merged.locks.length, 4);
  });

  test("who was told something is told once that it is another by now", async () => {
    await findings(false);
    let changes = 0;
    const told = new Promise<void>((resolve) => {
      editor.connection.onNotification(changedNotification, () => {
        changes++;
        resolve();
      });
    });
    const uri = await editor.open(folder.file("bank.ts"), bank);
    await editor.replace(uri, "  stock.acquire();\n  till.acquire();", "  till.acquire();\n  stock.acquire();");
    await told;
    deepEqual((await findings(false)).findings, []);
    equal(
      (await locks()).locks[0]?.before.some(({ isOnRing }) => isOnRing),
      false,
    );
    await editor.rewrite(uri, bank);
    equal((await findings(false)).total, 1);
    ok(changes <= 2, `${changes}`);
  });

  test("what nobody wants any more is not looked at, and what was looked at by then is known", async () => {
    using two = new Folder({ "a/tsconfig.json": "{}", "a/a.ts": "", "b/tsconfig.json": "{}", "b/b.ts": "" });
    const connection = createConnection(new PassThrough(), new PassThrough());
    const workspace = new Workspace(() => {});
    workspace.setFolders([pathToFileURL(two.path).href]);
    const cancel = new CancellationTokenSource();
    const looked: string[] = [];
    const ask = new Overviews(connection, new Log(connection), workspace).over("looking", (project) => {
      looked.push(project);
      cancel.cancel();
      return looked.length;
    });
    await rejects(ask(cancel.token), ({ code }: ResponseError) => code === LSPErrorCodes.RequestCancelled);
    const projects = ["a", "b"].map((name) => two.file(`${name}/tsconfig.json`));
    deepEqual(looked, projects.slice(0, 1));
    deepEqual(await ask(new CancellationTokenSource().token), [1, 2]);
    deepEqual(looked, projects);
  });
});
