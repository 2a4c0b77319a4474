import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx|json)$/;
const LARGEST_LISTING = 1 << 28;

/**
 * Writes the source and JSON files below `paths` of a commit into `folder`, read straight from the clone's objects: a
 * clone may lack some of its largest files, and the working tree's own settings (filters, line ends) have no say.
 *
 * @returns how many files the commit has there that the clone lacks
 * @throws {Error} if git cannot list the commit
 */
export function checkOut(gitdir: string, commit: string, paths: readonly string[], folder: string): number {
  const listing = git(gitdir, ["ls-tree", "-r", "-z", commit, "--", ...paths]).toString("utf8");
  const files = listing.split("\0").flatMap((line) => {
    const [about = "", path = ""] = line.split("\t");
    const [, type, object = ""] = about.split(" ");
    return type === "blob" && SOURCE.test(path) ? [{ path, object }] : [];
  });
  const contents = git(gitdir, ["cat-file", "--batch"], files.map(({ object }) => object).join("\n"));
  let at = 0;
  let absent = 0;
  for (const { path } of files) {
    const end = contents.indexOf(10, at);
    const size = Number(contents.toString("latin1", at, end).split(" ")[2]);
    at = end + 1;
    if (Number.isNaN(size)) {
      absent++;
      continue;
    }
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents.subarray(at, at + size));
    at += size + 1;
  }
  return absent;
}

/** The folder of the package that `file` belongs to in a commit: the nearest above it with a package.json. */
export function packageOf(gitdir: string, commit: string, file: string): string {
  const names = git(gitdir, ["ls-tree", "-r", "-z", "--name-only", commit]).toString("utf8").split("\0");
  const packages = new Set(names.filter((name) => /(?:^|\/)package\.json$/.test(name)).map((name) => dirname(name)));
  let folder = dirname(file);
  while (folder !== "." && !packages.has(folder)) folder = dirname(folder);
  return folder;
}

function git(gitdir: string, args: readonly string[], input = ""): Buffer {
  const done = spawnSync("git", ["--git-dir", gitdir, ...args], { input, maxBuffer: LARGEST_LISTING });
  if (done.error || done.status !== 0) {
    throw new Error(`git ${args[0]} in ${gitdir}: ${done.error?.message ?? done.stderr.toString("utf8").trim()}`);
  }
  return done.stdout;
}
