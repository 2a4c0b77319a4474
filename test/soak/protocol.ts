import assert from "node:assert/strict";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { Random } from "../support/random.js";
import { type Kind, ScatterbrainedClient } from "./scatterbrained-client.js";
import { pageCases, type Sources, samples } from "./sources.js";

/** Cases of the rules' pages that stand beside the samples as files: they are full of findings. */
const CASES = 20;
/** Those of the folder that comes and goes. */
const CASES_ELSEWHERE = 3;
/** Between two looks at what the server holds in memory. */
const MESSAGES_PER_LOOK = 500;
/** What a server may hold in the end beyond the most it held in the first half: caches fill, and heaps are not flat to the byte. */
const GROWTH = 1.25;
/** Bytes of JavaScript objects below which a difference is noise. */
const NOISE = 8 * 2 ** 20;
/** Answers with the bytes of JavaScript objects that are in use; with the channel alone the server does not stay alive. */
const probe = `process.on("message", () => { gc(); gc(); process.send(process.memoryUsage().heapUsed); }); process.channel.unref();`;

interface ProtocolSoak {
  readonly messages: number;
  readonly answers: number;
  readonly cancelled: number;
  /** Refused because the text was another by then. */
  readonly modified: number;
  /** Refused with a reason: names that clash, methods that do not exist. */
  readonly refused: number;
  /** How many of each kind were sent. */
  readonly kinds: Readonly<Partial<Record<Kind, number>>>;
  /** Those that were shown in the end. */
  readonly findings: number;
  /** Megabytes of JavaScript objects that were held, from look to look. */
  readonly held: readonly number[];
}

/**
 * A server that gets messages in no sensible order: edits of half-typed texts, versions that go back, requests about
 * anything and anywhere, cancels, documents that come and go, files, configurations and folders that change behind the
 * editor, settings of any type, methods that do not exist. Each request is answered, with a result or with one of the
 * reasons that the protocol knows; nothing fails in the server; what it shows in the end is what a new one shows; what
 * it holds does not grow. With an even seed the client asks for diagnostics, otherwise it is sent them.
 * @throws AssertionError with the seed at what is not so.
 */
export async function soakProtocol(messages: number, seed: number): Promise<ProtocolSoak> {
  const random = new Random(seed);
  const cases = pageCases();
  const some = (count: number, folder: string): Sources =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}case-${index}.ts`, random.pick(cases)]));
  const sources: Sources = { ...samples(), ...some(CASES, "") };
  using folder = new Folder({ ...sources, "probe.cjs": probe, "elsewhere/note.md": "# A note\n" });
  using other = new Folder(some(CASES_ELSEWHERE, "more/"));
  const execArgv = ["--expose-gc", "--require", folder.file("probe.cjs")];
  const initializationOptions = seed % 2 === 0 ? { diagnostics: "pull" } : {};
  await using editor = await Editor.start({ folders: [folder.path], cache: false, execArgv, initializationOptions });
  const client = new ScatterbrainedClient(editor, folder, other, sources, random);
  const held: number[] = [];
  for (let sent = 1; sent <= messages; sent++) {
    await client.act();
    if (sent % MESSAGES_PER_LOOK === 0) held.push(await client.held());
  }
  await client.mend();
  const shown = await client.shown();
  assert.deepEqual(editor.errors, [], `seed ${seed}`);
  assert.deepEqual(client.failures, [], `seed ${seed}`);
  await using fresh = await Editor.start({ folders: [folder.path], cache: false, settings: editor.settings });
  const again = new Map<string, string>();
  for (const { uri, languageId } of client.documents) {
    await fresh.open(uri, editor.text(uri), languageId);
  }
  // What was said while documents were still being opened may rest on what the disk has of the others.
  for (const { uri } of client.documents) await fresh.change(uri, []);
  for (const { uri } of client.documents) again.set(uri, JSON.stringify(await fresh.diagnostics(uri)));
  assert.deepEqual(shown, again, `seed ${seed}`);
  const half = Math.ceil(held.length / 2);
  const [before, after] = [Math.max(0, ...held.slice(0, half)), held.at(-1) ?? 0];
  assert.ok(after <= Math.max(before * GROWTH, before + NOISE), `seed ${seed}: ${held.join(", ")} bytes are held`);
  return {
    messages,
    ...client.counts,
    kinds: Object.fromEntries([...client.kinds].sort()),
    findings: [...shown.values()].flatMap((text) => JSON.parse(text)).length,
    held: held.map((bytes) => Math.round(bytes / 1e6)),
  };
}
