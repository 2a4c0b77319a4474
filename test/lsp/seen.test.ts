/** What the server says of things that a recorded run showed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type SeenAnswer, type SeenParams, seenRequest } from "../../server/src/protocol.js";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { repositoryRoot } from "../support/repository.js";

const ring = "lock-order-inversion";

test("what was seen is known, suppressed by comments, or set to something else, as what is found in the source", async () => {
  const sample = readFileSync(new URL("test/samples/deadlock.ts", repositoryRoot), "utf8");
  const takes = sample.split("\n").flatMap((line, i) => (/mutex[AB]\.acquire\(\)/.test(line) ? [i + 1] : []));
  const [t1First = 0, t1Second = 0, t2First = 0, t2Second = 0] = takes;
  const quiet = [
    "// heddle-ignore-next-line lock-order-inversion: one thread at a time calls these",
    "right.acquire();",
    "left.acquire();",
    "// heddle-ignore-next-line long-hold: nobody is in a hurry",
    "desk.acquire();",
    "// heddle-ignore-next-line convoy",
    "queue.acquire();",
  ];
  using folder = new Folder({
    "tsconfig.json": JSON.stringify({ compilerOptions: { module: "nodenext", target: "esnext", lib: ["esnext"] } }),
    "heddle.config.json": JSON.stringify({ rules: { starvation: "off", convoy: "error" }, exclude: ["made/**"] }),
    "deadlock.ts": sample,
    "quiet.ts": quiet.join("\n"),
    "made/quiet.ts": quiet.join("\n"),
  });
  await using editor = await Editor.start({ folders: [folder.path] });
  const deadlock = folder.file("deadlock.ts");
  const open = folder.file("quiet.ts");
  const ask = (
    findings: SeenParams["findings"],
    files: readonly string[] = [],
    lockOrder?: SeenParams["lockOrder"],
  ): Promise<SeenAnswer> =>
    editor.connection.sendRequest<SeenAnswer>(seenRequest, { findings, files, lockOrder } satisfies SeenParams);
  const at = (file: string, ...lines: readonly number[]) => lines.map((line) => ({ file, line, column: 3 }));
  const seen = (id: string, file: string, ...lines: readonly number[]) => ({ id, places: at(file, ...lines) });

  // Nothing is open, and the project is known all the same.
  // The order of locks that was seen is the source's, and half of it.
  const lock = (name: string) => ({ name, count: 1, made: undefined });
  const [held, taken] = at(deadlock, t1First, t1Second);
  const edge = { from: 0, to: 1, held, taken, thread: "t1", times: 2, ring: undefined };
  const { lockOrder } = await ask([], [deadlock], { locks: [lock("a"), lock("b")], edges: [edge] });
  assert.deepEqual(
    lockOrder?.edges.map(({ from, to, origin, held, taken, times, ring }) => [
      ...[from, to, origin, held?.line, taken?.line, times, ring],
    ]),
    [
      [0, 1, "both", t1First, t1Second, 2, 0],
      [1, 0, "static", t2First, t2Second, 0, 0],
    ],
  );
  assert.equal((await ask([], [deadlock])).lockOrder, undefined);

  const { verdicts, unseen } = await ask(
    [
      seen(ring, deadlock, t2Second, t2First, t1Second, t1First),
      seen(ring, deadlock, t1First, 1),
      seen("blocking-while-locked", deadlock, t1Second),
      seen(ring, open, 3, 2),
      seen("long-hold", open, 5),
      seen("long-hold", open, 3),
      seen("convoy", open, 7),
      seen("starvation", open, 7),
      seen(ring, folder.file("made/quiet.ts"), 3),
      seen(ring, "/not/there.ts", 3),
    ],
    [deadlock],
  );
  assert.deepEqual(
    verdicts.map(({ level, isSuppressed, known }) => [level, isSuppressed, known?.ruleId]),
    [
      [undefined, false, ring],
      [undefined, false, undefined],
      [undefined, false, undefined],
      [undefined, true, undefined],
      [undefined, true, undefined],
      [undefined, false, undefined],
      // A comment without a reason suppresses nothing.
      ["error", false, undefined],
      ["off", false, undefined],
      // What is left out of the analysis was named by whoever ran it.
      [undefined, false, undefined],
      [undefined, false, undefined],
    ],
  );
  assert.deepEqual(unseen, []);
  const main = verdicts[0]?.known?.places[0];
  assert.deepEqual([main?.file, takes.includes(main?.line ?? 0)], [deadlock, true]);

  // What no run showed is told, and what was written since the run counts.
  const later = await ask([], [deadlock]);
  assert.deepEqual(
    later.unseen.map(({ ruleId }) => ruleId),
    [ring],
  );
  const uri = await editor.open(open, ["left.acquire();", "right.acquire();"].join("\n"));
  const before = await ask([seen(ring, open, 2, 1)]);
  await editor.replace(uri, "right.", "// heddle-ignore-next-line lock-order-inversion: never at once\nright.");
  const after = await ask([seen(ring, open, 2, 1)]);
  assert.deepEqual([before.verdicts[0]?.isSuppressed, after.verdicts[0]?.isSuppressed], [false, true]);
});
