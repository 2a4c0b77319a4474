import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import {
  CallHierarchyIncomingCallsRequest,
  CallHierarchyPrepareRequest,
  CodeLensRequest,
  DocumentHighlightKind,
  DocumentHighlightRequest,
  HoverRequest,
  InlayHintRequest,
  type MarkupContent,
  type Position,
  type SemanticTokens,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
} from "vscode-languageserver/node";
import { type LockUsers, type LockUsersParams, lockUsersRequest, statusRequest } from "../../server/src/protocol.js";
import { Editor, everything } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { plainProject } from "../support/plain-project.js";

const program = `import { Lock, main, SharedValue, Thread, tasks } from "heddle";

const total = new SharedValue("i32", 0, { name: "total" });
const mutex = new Lock({ name: "mutex" });

function take(): void {
  mutex.acquire();
}

export function work(times: number): void {
  for (let i = 0; i < times; i++) {
    {
      using _ = mutex.hold();
      total.value += 1;
      console.log("one");
    }
    take();
    total.value -= 1;
    mutex.release();
    total.value += 3;
  }
}

export async function later(): Promise<void> {
  await mutex.acquireAsync();
  try {
    total.value = 4;
  } finally {
    mutex.release();
  }
}

tasks(import.meta.url, { work });

main(import.meta.url, () => {
  const threads = [new Thread({ target: work, args: [9] }), new Thread({ target: work, args: [9] })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

/** Where a text begins, and so many characters further. */
function positionOf(text: string, further = 0): Position {
  const offset = program.indexOf(text);
  ok(offset >= 0, text);
  const before = program.slice(0, offset + further).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

suite("what is known at the cursor", () => {
  let folder: Folder;
  let editor: Editor;
  let uri: string;
  before(async () => {
    folder = new Folder({ ...plainProject(), "a.ts": program });
    editor = await Editor.start({
      folders: [folder.path],
      capabilities: {
        ...everything,
        textDocument: { ...everything.textDocument, hover: { contentFormat: ["markdown"] } },
      },
      cache: false,
    });
    uri = await editor.open(folder.file("a.ts"), program);
  });
  after(async () => {
    await editor[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const hover = async (text: string, further = 0): Promise<string | undefined> => {
    const found = await editor.connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: positionOf(text, further),
    });
    return (found?.contents as MarkupContent | undefined)?.value;
  };

  test("hovers tell what happens, who runs it, what is held and how others stand to it", async () => {
    const under = (await hover("total.value += 1")) ?? "";
    match(under, /updates `total`/);
    match(under, /`mutex` is held at 2 of 3 places/);
    match(under, /\*\*Holds\*\*\n\n- `mutex`, taken here \[a\.ts:13\]\(file:.*#L13,17\)/);
    match(under, /\*\*Run by\*\*\n\n- the thread `work`, made here \[a\.ts:36\]/);
    const outside = (await hover("total.value += 3")) ?? "";
    match(outside, /no lock/);
    match(outside, /at the same time and without a common lock/);
    match((await hover("take();", 1)) ?? "", /May wait for\*\*\n\n- `mutex`, taken here \[a\.ts:7\]/);
    match((await hover("thread.join()", 8)) ?? "", /waits for the end of `thread`/);
  });

  test("a place of which nothing is known has no hover", async () => {
    equal(await hover("console.log"), undefined);
    equal(await hover("SharedValue, Thread"), undefined);
  });

  test("a lock's sections are highlighted from any of their ends", async () => {
    const highlights = async (text: string) =>
      (
        await editor.connection.sendRequest(DocumentHighlightRequest.type, {
          textDocument: { uri },
          position: positionOf(text, 3),
        })
      )?.map(({ range, kind }) => [range.start.line + 1, kind]);
    const [taken, back] = [DocumentHighlightKind.Write, DocumentHighlightKind.Read];
    const all = [
      [7, taken],
      [13, taken],
      [16, back],
      [17, taken],
      [19, back],
      [25, taken],
      [29, back],
    ];
    deepEqual(await highlights("mutex.hold()"), all);
    deepEqual(await highlights("mutex.release()"), all);
    equal(await highlights("console.log"), undefined);
  });

  test("hints say how far a section goes, and where it ends of which lock it was", async () => {
    const hints = async (range = whole) =>
      (await editor.connection.sendRequest(InlayHintRequest.type, { textDocument: { uri }, range }))?.map(
        ({ position, label }) => `${position.line + 1}: ${label}`,
      );
    deepEqual(await hints(), [
      "7: still held at the end",
      "13: held to line 16",
      '16: end of "mutex" from line 13',
      "17: held to line 19",
      "25: held to line 29",
    ]);
    deepEqual(await hints({ start: { line: 15, character: 0 }, end: { line: 15, character: 5 } }), [
      '16: end of "mutex" from line 13',
    ]);
    for (const criticalSections of [false, true]) {
      await editor.hintsAreStale(
        () => editor.changeSettings({ inlayHints: { criticalSections } }),
        async () => (await hints())?.length === (criticalSections ? 5 : 0),
      );
    }
  });

  test("hints that an edit elsewhere changes are asked for again", async () => {
    const user = await editor.open(
      folder.file("user.ts"),
      `import { take } from "./shared.js";\nexport function use() {\n  take();\n  console.log(1);\n  console.log(2);\n}\n`,
    );
    const shared = await editor.open(
      folder.file("shared.ts"),
      `import { Lock } from "heddle";\nconst lock = new Lock();\nexport function take() {}\nexport function give() { lock.release(); }\n`,
    );
    const hints = async () =>
      (await editor.connection.sendRequest(InlayHintRequest.type, { textDocument: { uri: user }, range: whole }))?.map(
        ({ position, label }) => `${position.line + 1}: ${label}`,
      );
    deepEqual(await hints(), []);
    await editor.hintsAreStale(
      () => editor.replace(shared, "take() {}", "take() { lock.acquire(); }"),
      async () => (await hints())?.join() === "3: still held at the end",
    );
  });

  test("names of what threads share are told, in the file and in a part of it", async () => {
    const legend = editor.initialized?.capabilities.semanticTokensProvider?.legend;
    ok(legend);
    const named = (found: SemanticTokens | null) => {
      let [line, start] = [0, 0];
      const { data = [] } = found ?? {};
      return Array.from({ length: data.length / 5 }, (_, i) => {
        const [lines = 0, characters = 0, length = 0, type = 0, bits = 0] = data.slice(i * 5, i * 5 + 5);
        start = lines === 0 ? start + characters : characters;
        line += lines;
        const modifiers = legend.tokenModifiers.filter((_, bit) => (bits >> bit) & 1);
        const text = program.split("\n")[line]?.slice(start, start + length);
        return `${line + 1} ${text} ${legend.tokenTypes[type]} ${modifiers.join()}`;
      });
    };
    const textDocument = { uri };
    deepEqual(named(await editor.connection.sendRequest(SemanticTokensRequest.type, { textDocument })), [
      "3 total variable declaration,shared",
      "14 total variable shared",
      "18 total variable shared",
      "20 total variable shared",
    ]);
    const range = { start: { line: 17, character: 0 }, end: { line: 18, character: 0 } };
    deepEqual(named(await editor.connection.sendRequest(SemanticTokensRangeRequest.type, { textDocument, range })), [
      "18 total variable shared",
    ]);
  });

  test("what is asked about a document that is closed before anybody has looked at it is answered", async () => {
    for (const [name, text] of Object.entries(plainProject("elsewhere"))) folder.write(name, text);
    const { connection } = editor;
    const textDocument = { uri: await editor.open(folder.file("elsewhere/closed.ts"), program) };
    let answers = 0;
    const asked = [
      connection.sendRequest(SemanticTokensRequest.type, { textDocument }),
      connection.sendRequest(InlayHintRequest.type, { textDocument, range: whole }),
      connection.sendRequest(CodeLensRequest.type, { textDocument }),
    ].map((answer) => answer.then(() => answers++));
    await editor.close(textDocument.uri);
    for (let round = 0; round < 2; round++) await connection.sendRequest(statusRequest);
    equal(answers, asked.length);
  });

  test("above what threads share stands what guards it, with the places", async () => {
    const lenses = await editor.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
    deepEqual(
      lenses?.map(({ range, command }) => [range.start.line + 1, command?.title]),
      [[3, "guarded by mutex at 2 of 3 places"]],
    );
  });

  test("who takes a lock and who calls those is a call hierarchy", async () => {
    const [lock] =
      (await editor.connection.sendRequest(CallHierarchyPrepareRequest.type, {
        textDocument: { uri },
        position: positionOf("mutex.release()", 2),
      })) ?? [];
    ok(lock);
    equal(lock.name, "mutex");
    const incoming = async (item: typeof lock) =>
      (await editor.connection.sendRequest(CallHierarchyIncomingCallsRequest.type, { item })) ?? [];
    const takers = await incoming(lock);
    deepEqual(
      takers.map(({ from, fromRanges }) => [from.name, fromRanges.map(({ start }) => start.line + 1)]),
      [
        ["take", [7]],
        ["work", [13]],
        ["later", [25]],
      ],
    );
    const take = takers[0]?.from;
    ok(take);
    deepEqual(
      (await incoming(take)).map(({ from, fromRanges }) => [from.name, fromRanges[0]?.start.line]),
      [["work", 16]],
    );
  });

  test("an editor that asks one tool only gets the places by a request", async () => {
    const users = async (who: LockUsersParams["who"], text: string): Promise<LockUsers | null> =>
      editor.connection.sendRequest(lockUsersRequest, { textDocument: { uri }, position: positionOf(text, 2), who });
    const all = await users("acquirers", "mutex.acquireAsync()");
    deepEqual(
      all?.places.map(({ range }) => range.start.line + 1),
      [7, 13, 25],
    );
    const holders = await users("holders", "mutex.hold()");
    deepEqual(
      holders?.places.map(({ range }) => range.start.line + 1),
      [7, 13],
    );
    equal(await users("holders", "console.log"), null);
  });
});
