/** The guide from one thread to many machines: its program, in its four forms. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, readdirSync, readFileSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { RedisServer } from "../support/redis-server.js";
import { repositoryRoot } from "../support/repository.js";
import { runProgram } from "../support/run-program.js";
import { Hosts } from "./hosts.js";

const DEADLINE = 30_000;

const samples = new URL("test/samples/crawler/", repositoryRoot);
const compiled = new URL("../samples/crawler/", import.meta.url);
const guide = readFileSync(new URL("runtime/docs/many-machines.md", repositoryRoot), "utf8");

/** The program as it was compiled, and its pages. */
function programFiles(): Readonly<Record<string, string>> {
  const files = (folder: URL, ending: string, place = ""): [string, string][] =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => [place + name, readFileSync(new URL(name, folder), "utf8")]);
  return Object.fromEntries([...files(compiled, ".js"), ...files(new URL("pages/", samples), ".html", "pages/")]);
}

test("the guide shows the programs as they are", () => {
  const shown = [...guide.matchAll(/^`([\w-]+\.ts)`\n\n```ts\n(.*?)\n```$/gms)];
  assert.equal(shown.length, [...guide.matchAll(/^```ts$/gm)].length);
  const programs = readdirSync(samples).filter((name) => name.endsWith(".ts"));
  assert.deepEqual(shown.map(([, name]) => name).sort(), programs.sort());
  for (const [, name, code] of shown) {
    assert.equal(`${code}\n`, readFileSync(new URL(name ?? "", samples), "utf8"), `the guide shows another ${name}`);
  }
});

test("all forms print the same, the one over Redis also when a worker is killed half way", async () => {
  const [, output] = /^```text\n(.*?)^```$/ms.exec(guide) ?? [];
  const expected = { code: 0, stdout: output, stderr: "" };
  await using redis = await RedisServer.start();
  await using hosts = new Hosts(programFiles());
  const here = hosts.host();
  const forms = ["one-thread", "many-threads", "many-processes"].map(async (form) => {
    assert.deepEqual(await runProgram([here.file(`${form}.js`)]), expected, form);
  });

  // The pages of the first worker's machine, but for the first one, are pipes into which nobody writes.
  const dying = hosts.host();
  const pages = readdirSync(dying.file("pages")).filter((name) => name !== "index.html");
  for (const page of pages) await rm(dying.file(`pages/${page}`));
  execFileSync(
    "mkfifo",
    pages.map((page) => dying.file(`pages/${page}`)),
  );
  const env = { REDIS_HOST: redis.url.replace("redis://", "") };
  const ended = runProgram([here.file("many-machines.js")], { env });
  const victim = await dying.worker("crawl.js", redis.url, "crawl");
  await using _read = await readPipe(pages.map((page) => dying.file(`pages/${page}`)));
  await hosts.host().worker("crawl.js", redis.url, "crawl");
  process.kill(victim.pid, "SIGKILL");
  assert.deepEqual(await ended, expected, "many-machines");
  await Promise.all(forms);
});

/** Waits until somebody reads from one of these pipes; as long as what it returns is open, that has no end. */
async function readPipe(pipes: readonly string[]): Promise<FileHandle> {
  for (const end = performance.now() + DEADLINE; performance.now() < end; await setTimeout(20)) {
    for (const pipe of pipes) {
      try {
        return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      }
    }
  }
  throw new Error(`Nobody read a page within ${DEADLINE} ms.`);
}
