/**
 * The docstrings: all is documented. The pages under runtime/docs/, one per class: their programs print what they say, their
 * tables are the docstrings'.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import * as library from "heddle";
import ts from "typescript";
import { checkProgram, docs, pages, programs } from "../support/class-pages.js";
import { heddle } from "../support/heddle.js";
import { RedisServer } from "../support/redis-server.js";
import { type Member, type Reference, readReference } from "../support/reference.js";
import { repositoryRoot } from "../support/repository.js";

/** Tested where its server runs: rabbit.test.ts. */
const ELSEWHERE = ["rabbitmq"];
const MEMBERS = /^<!-- members: (?<names>.+?) -->$.*?^<!-- end -->$/gms;

let reference: Reference;

before(async () => {
  reference = await readReference();
});

test("all that is exported is documented, with links that lead somewhere", () => {
  assert.deepEqual(reference.complaints, []);
});

test("every class and function says what it is in Python", () => {
  const silent = [...reference.exported].filter(([, { python }]) => !/^Python('s | has )/.test(python));
  assert.deepEqual(silent, []);
  assert.ok(reference.exported.size > 50);
});

test("what has an async form says that it blocks, and nothing async does", () => {
  // It has no limit, so it never waits; its async form is for code that knows any queue.
  const neverWaits = ["SimpleQueue put"];
  const wrong = [...reference.exported.keys()].flatMap((name) => {
    const members = reference.members(name);
    const blocking = new Map(members.map(({ call, blocks }) => [call.replace(/\(.*/, ""), blocks]));
    return [...blocking].flatMap(([method, blocks]) => {
      if (method.endsWith("Async")) return blocks ? [`${name} ${method}`] : [];
      return blocking.has(`${method}Async`) && !blocks ? [`${name} ${method}`] : [];
    });
  });
  assert.deepEqual(wrong, neverWaits);
});

test("every page says what it is about, shows a program with its output, and names the limits", () => {
  assert.ok(pages.length >= 24);
  assert.deepEqual(
    pages.filter(({ code }) => code === "").map(({ file }) => file),
    [],
  );
});

test("the tables say what the docstrings say; UPDATE=1 writes them", () => {
  for (const { file, text } of pages) {
    const expected = text.replaceAll(MEMBERS, (_, names: string) => {
      return `<!-- members: ${names} -->\n\n${tables(names)}\n\n<!-- end -->`;
    });
    if (process.env.UPDATE === "1") writeFileSync(new URL(file, docs), expected);
    else assert.equal(text, expected, `${file} is not up to date`);
  }
});

test("every class and function is on a page", () => {
  const shown = pages.flatMap(({ text }) =>
    [...text.matchAll(MEMBERS)].flatMap(({ groups }) =>
      groups?.names === "errors" ? errors() : namesOf(groups?.names),
    ),
  );
  const missing = [...reference.exported.keys()].filter((name) => !shown.includes(name));
  // What a lock's `hold` returns has nothing to call.
  assert.deepEqual(missing, ["Held"]);
});

test("links between the pages lead somewhere", () => {
  const known = new Set(readdirSync(docs));
  for (const { file, text } of pages) {
    for (const [, target = ""] of text.matchAll(/\]\(([\w-]+\.md)\)/g))
      assert.ok(known.has(target), `${file}: ${target}`);
  }
  const readme = readFileSync(new URL("runtime/README.md", repositoryRoot), "utf8");
  for (const { file } of pages) assert.ok(readme.includes(`](docs/${file})`), `the README does not lead to ${file}`);
});

test("the programs of the pages compile, and the linter has nothing to say", async () => {
  using folder = programs();
  const files = pages.map(({ name }) => folder.file(`${name}.ts`));
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    // The runtime's own are checked in declarations.test.ts.
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    erasableSyntaxOnly: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: ["node"],
  });
  const complaints = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  assert.deepEqual(complaints, []);
  const { code, stdout, stderr } = await heddle(["check", "."], { cwd: folder.path });
  assert.deepEqual([code, stderr], [0, ""], stdout);
});

test("the programs of the pages print what they say", async () => {
  using folder = programs();
  await using redis = await RedisServer.start();
  const env = { REDIS_HOST: redis.url.replace("redis://", "") };
  for (const page of pages) if (!ELSEWHERE.includes(page.name)) await checkProgram(folder, page, env);
});

function namesOf(names = ""): string[] {
  return names.replace(" (own)", "").split(", ");
}

/** The library's errors, the one they all are first. */
function errors(): string[] {
  const isError = (name: string): boolean => {
    const type = (library as Readonly<Record<string, unknown>>)[name];
    return (
      typeof type === "function" && (type === library.HeddleError || type.prototype instanceof library.HeddleError)
    );
  };
  return [...reference.exported.keys()].filter(isError);
}

/** What stands between the marks of a page: the table of a class, of functions or of all errors. */
function tables(names: string): string {
  if (names === "errors") return tableOfErrors();
  const [name = "", ...others] = namesOf(names);
  const isFunction = /^[a-z]\w*$/.test(name);
  return isFunction ? tableOfFunctions([name, ...others]) : tableOfClass(name, names.endsWith("(own)"));
}

/** `own`: without what it inherits, but with what it is. */
function tableOfClass(name: string, own: boolean): string {
  const { text = "", python = "" } = reference.exported.get(name) ?? {};
  const members = reference.members(name, own);
  const origin = python === "" ? [] : ["", `In Python: ${inPython(python)}`];
  const title = [`## ${name.replace("process.", "")}`, ...(own ? ["", text] : []), ...origin];
  if (members.length === 0) return title.join("\n");
  const rows = members.map((member) => row([`\`${member.call}\``, member.text, waits(member), errorsOf(member)]));
  return [...title, "", "| | | Blocks | Throws |", "|---|---|---|---|", ...rows].join("\n");
}

function tableOfFunctions(names: readonly string[]): string {
  const rows = names.flatMap((name) => {
    const { python = "" } = reference.exported.get(name) ?? {};
    return reference.members(name).map((member) => {
      return row([`\`${member.call}\``, member.text, waits(member), errorsOf(member), inPython(python)]);
    });
  });
  return ["| | | Blocks | Throws | In Python |", "|---|---|---|---|---|", ...rows].join("\n");
}

function tableOfErrors(): string {
  const rows = errors().map((name) => {
    const { text = "", python = "" } = reference.exported.get(name) ?? {};
    const type = (library as unknown as Readonly<Record<string, new () => { code?: string }>>)[name];
    const code = type === undefined || name === "HeddleError" ? "" : `\`${new type().code}\``;
    return row([`\`${name}\``, code, text, inPython(python)]);
  });
  return ["| | Code | | In Python |", "|---|---|---|---|", ...rows].join("\n");
}

/** Each error on a line of its own, its class as code. */
function errorsOf({ throws }: Member): string {
  return throws.map((error) => error.replace(/^\w+/, "`$&`")).join("<br>");
}

function waits({ call, blocks }: Member): string {
  if (blocks) return "yes";
  return /^\w+\(/.test(call) ? "no" : "–";
}

function inPython(python: string): string {
  return python.replace(/^Python's /, "").replace(/^Python has none/, "none");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
