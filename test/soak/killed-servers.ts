import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Diagnostic, DiagnosticSeverity, FileChangeType } from "vscode-languageserver/node";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { editedText } from "./killed-checks.js";
import { type Sources, samples } from "./sources.js";

/** Longer than a server takes to look at the samples, to rest, and to write what it keeps. */
const LATEST_KILL = 5000;
/** A server that is killed is given so many edits, unless it is killed before. */
const EDITS = 4;

/**
 * Language servers that are killed at any moment while files are edited in the editor, saved, and changed behind it: what
 * the next one shows with what was left in the cache is what one without a cache shows, byte for byte, and what
 * `heddle check` finds.
 * @returns how many rounds there were, and in how many of them nothing had to be analysed again.
 * @throws AssertionError with seed and round at the first difference.
 */
export async function soakKilledServers(rounds: number, seed: number): Promise<{ servers: number; warm: number }> {
  const originals = samples();
  using folder = new Folder(originals);
  using cache = new Folder();
  const random = new Random(seed);
  let warm = 0;
  for (let round = 0; round < rounds; round++) {
    await killedServer(folder, cache, random, originals);
    const before = entries(cache);
    const again = await shown(folder, cache.path, Object.keys(originals));
    if (before.length > 0 && entries(cache).join() === before.join()) warm++;
    const where = `seed ${seed}, round ${round}`;
    assert.deepEqual(again, await shown(folder, false, Object.keys(originals)), where);
    assert.deepEqual(await checked(folder), again.flatMap(plain), where);
  }
  return { servers: rounds, warm };
}

/** Edits until the server is gone; what it had time for is up to chance. */
async function killedServer(folder: Folder, cache: Folder, random: Random, originals: Sources): Promise<void> {
  const editor = await Editor.start({ folders: [folder.path], cache: cache.path });
  const ended = after(random.below(LATEST_KILL)).then(() => editor.kill());
  // Who is killed answers no more, and its pipes break; that nothing else ended it is asked below.
  await edit(editor, folder, random, originals).catch(() => {});
  assert.equal(await ended, "SIGKILL");
}

async function edit(editor: Editor, folder: Folder, random: Random, originals: Sources): Promise<void> {
  const open = new Map<string, string>();
  for (let edits = random.below(EDITS + 1); edits > 0; edits--) {
    const name = random.pick(Object.keys(originals));
    const file = folder.file(name);
    const before = readFileSync(file, "utf8");
    const text = editedText(random, before, originals[name]!);
    if (random.below(3) > 0 && !open.has(name)) open.set(name, await editor.open(file, before));
    const uri = open.get(name);
    if (uri !== undefined) await editor.rewrite(uri, text);
    // Between an edit, its file and the message about it any time may pass: the disk is what counts.
    writeFileSync(file, text);
    await editor.changeOnDisk(file, FileChangeType.Changed);
    if (uri !== undefined && random.below(2) === 0) await editor.diagnostics(uri);
  }
}

/** What a server shows of each file, all of them open. */
async function shown(
  folder: Folder,
  cache: string | false,
  names: readonly string[],
): Promise<readonly (readonly [name: string, diagnostics: readonly Diagnostic[]])[]> {
  await using editor = await Editor.start({ folders: [folder.path], cache });
  const uris = await Promise.all(
    names.map((name) => editor.open(folder.file(name), readFileSync(folder.file(name), "utf8"))),
  );
  return await Promise.all(
    [...names.entries()].map(async ([index, name]) => [name, await editor.diagnostics(uris[index]!)] as const),
  );
}

interface Told extends Readonly<Record<"ruleId" | "severity" | "message" | "file" | "range" | "fingerprint", unknown>> {
  readonly related: readonly Readonly<Record<"message" | "file" | "range", unknown>>[];
}

/** The findings as `heddle check` tells them, as far as an editor shows them. */
async function checked(folder: Folder): Promise<readonly object[]> {
  const { stdout } = await heddle(["check", ".", "--format", "json", "--no-cache"], { cwd: folder.path });
  const { findings } = JSON.parse(stdout) as {
    findings: readonly Told[];
  };
  return findings.map(({ ruleId, severity, message, file, range, fingerprint, related }) => ({
    file,
    ruleId,
    severity,
    message,
    range,
    fingerprint,
    related: related.map(({ message, file, range }) => ({
      message,
      uri: pathToFileURL(folder.file(String(file))).href,
      range,
    })),
  }));
}

function plain([file, diagnostics]: readonly [name: string, diagnostics: readonly Diagnostic[]]): readonly object[] {
  return diagnostics.map(({ code, severity, message, range, data, relatedInformation = [] }) => ({
    file,
    ruleId: code,
    severity: severity === undefined ? undefined : severities[severity],
    message,
    range,
    fingerprint: (data as { readonly fingerprint: string }).fingerprint,
    related: relatedInformation.map(({ message, location: { uri, range } }) => ({ message, uri, range })),
  }));
}

const severities: Readonly<Record<DiagnosticSeverity, string>> = {
  [DiagnosticSeverity.Error]: "error",
  [DiagnosticSeverity.Warning]: "warning",
  [DiagnosticSeverity.Information]: "info",
  [DiagnosticSeverity.Hint]: "hint",
};

/** Entries are replaced and never written to, so that a new one is another file. */
function entries(cache: Folder): readonly string[] {
  const names = readdirSync(cache.path).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => `${name} ${statSync(cache.file(name)).ino}`);
}
