import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface GeneratedProject {
  /** Paths relative to the project's folder. */
  readonly files: readonly string[];
  /** Those of them that use threads and locks. */
  readonly concurrent: readonly string[];
  readonly lines: number;
}

/** One file in ten has concurrency in it, as in the repositories this was modelled on. */
const concurrentEvery = 10;

/**
 * Writes a TypeScript project of about so many lines, always the same for the same number: modules in folders that
 * import each other, with interfaces, classes, generics, async functions and callbacks, and in every tenth file shared
 * values, locks and threads, mostly used as they should be. The folder must find `heddle` in its node_modules.
 */
export function generateProject(folder: string, wantedLines: number): GeneratedProject {
  const random = new Random(wantedLines);
  const files: string[] = [];
  const concurrent: string[] = [];
  let lines = 0;
  for (let index = 0; lines < wantedLines; index++) {
    const isConcurrent = index % concurrentEvery === concurrentEvery - 1;
    const file = `src/${folderOf(index)}/module-${index}.ts`;
    const text = isConcurrent ? concurrentModule(index, random) : plainModule(index, random);
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    files.push(file);
    if (isConcurrent) concurrent.push(file);
    lines += text.split("\n").length - 1;
  }
  const compilerOptions = { target: "es2022", module: "nodenext", strict: true, noEmit: true, types: [] };
  writeFileSync(
    join(folder, "tsconfig.json"),
    `${JSON.stringify({ compilerOptions, include: ["src"] }, undefined, 2)}\n`,
  );
  writeFileSync(
    join(folder, "package.json"),
    `${JSON.stringify({ name: "generated", type: "module", private: true })}\n`,
  );
  return { files, concurrent, lines };
}

function folderOf(index: number): string {
  return `area-${Math.floor(index / 50)}/part-${Math.floor(index / 10) % 5}`;
}

function pathBetween(from: number, to: number): string {
  return `../../${folderOf(to)}/module-${to}.js`.replace(`../../${folderOf(from)}/`, "./");
}

/** Earlier modules only, and no concurrent one: their threads are nobody else's business. */
function importsOf(index: number, random: Random): number[] {
  const wanted = new Set<number>();
  for (let i = 0; i < Math.min(4, index); i++) {
    const other = random.below(index);
    if (other % concurrentEvery !== concurrentEvery - 1) wanted.add(other);
  }
  return [...wanted].sort((a, b) => a - b);
}

function plainModule(index: number, random: Random): string {
  const imports = importsOf(index, random);
  const parts = [
    ...imports.map(
      (other) => `import { build${other}, type Record${other}, Store${other} } from "${pathBetween(index, other)}";`,
    ),
    record(index),
    store(index),
    `export function build${index}(seed: number): Record${index} {`,
    `  return { id: seed, name: \`record \${seed}\`, tags: [], weights: new Map(), parent: undefined };`,
    "}",
    "",
  ];
  const functions = 8 + random.below(8);
  for (let i = 0; i < functions; i++) parts.push(plainFunction(index, i, random.pick(imports), random));
  return `${parts.join("\n")}\n`;
}

function record(index: number): string {
  return `
export interface Record${index} {
  readonly id: number;
  name: string;
  tags: string[];
  readonly weights: Map<string, number>;
  parent: Record${index} | undefined;
}
`;
}

function store(index: number): string {
  return `export class Store${index} {
  readonly #records = new Map<number, Record${index}>();
  #revision = 0;

  get size(): number {
    return this.#records.size;
  }

  add(record: Record${index}): this {
    this.#records.set(record.id, record);
    this.#revision += 1;
    return this;
  }

  find(wanted: (record: Record${index}) => boolean): Record${index} | undefined {
    for (const record of this.#records.values()) {
      if (wanted(record)) return record;
    }
    return undefined;
  }

  async load(read: (id: number) => Promise<Record${index}>, ids: readonly number[]): Promise<number> {
    for (const id of ids) {
      const record = await read(id);
      if (!this.#records.has(id)) this.add(record);
    }
    return this.#revision;
  }
}
`;
}

function plainFunction(index: number, number: number, imported: number | undefined, random: Random): string {
  const name = `step${index}_${number}`;
  const call = imported === undefined ? "" : `  const other = new Store${imported}().add(build${imported}(total));\n`;
  const sum = imported === undefined ? "total" : "total + other.size";
  switch (random.below(3)) {
    case 0:
      return `/** Adds up what weighs more than a limit. */
export function ${name}(records: readonly Record${index}[], limit: number): number {
  let total = 0;
  for (const record of records) {
    const weight = record.weights.get(record.name) ?? record.tags.length;
    if (weight <= limit) continue;
    total += record.parent === undefined ? weight : weight * 2;
  }
${call}  return ${sum};
}
`;
    case 1:
      return `export async function ${name}(store: Store${index}, fetched: Promise<Record${index}[]>): Promise<string> {
  const records = await fetched;
  const names = records
    .filter((record) => record.tags.includes("ready") || record.id % ${2 + random.below(9)} === 0)
    .map((record) => ({ ...record, name: record.name.trim().toUpperCase() }))
    .sort((a, b) => a.name.localeCompare(b.name));
  for (const record of names) store.add(record);
  const total = names.reduce((sum, record) => sum + record.id, store.size);
${call}  try {
    await store.load(async (id) => build${index}(id), [${random.below(100)}, ${random.below(100)}]);
  } catch (error) {
    if (error instanceof RangeError) return "out of range";
    throw error;
  }
  return names.length === 0 ? "none" : \`\${names[0]?.name} and \${${sum}} more\`;
}
`;
    default:
      return `export function ${name}<Key extends string>(groups: Readonly<Record<Key, Record${index}[]>>, keys: readonly Key[]): Map<Key, number> {
  const sizes = new Map<Key, number>();
  let total = ${random.below(1000)};
  for (const key of keys) {
    const group = groups[key];
    switch (group.length) {
      case 0:
        continue;
      case 1:
        total += group[0]?.id ?? 0;
        break;
      default:
        for (let i = 0; i < group.length; i++) {
          total += (group[i]?.weights.size ?? 1) * i;
        }
    }
    sizes.set(key, total);
  }
${call}  if (${sum} > 1_000_000) throw new RangeError("too many");
  return sizes;
}
`;
  }
}

function concurrentModule(index: number, random: Random): string {
  const imports = importsOf(index, random);
  const parts = [
    'import { Lock, main, SharedValue, Thread, tasks } from "heddle";',
    ...imports.map((other) => `import { build${other} } from "${pathBetween(index, other)}";`),
    "",
    `const lock${index} = new Lock({ name: "lock ${index}" });`,
    `const outer${index} = new Lock({ name: "outer ${index}" });`,
    `const total${index} = new SharedValue("i32", 0, { name: "total ${index}" });`,
    "",
  ];
  const functions = 6 + random.below(8);
  // One module in five forgets its lock once: findings cost time too.
  const careless = random.below(5) === 0 ? random.below(functions) : -1;
  for (let i = 0; i < functions; i++) parts.push(concurrentFunction(index, i, i === careless, random.pick(imports)));
  const names = Array.from({ length: functions }, (_, i) => `work${index}_${i}`);
  parts.push(`tasks(import.meta.url, { ${names.join(", ")} });`, "");
  parts.push("main(import.meta.url, () => {");
  parts.push(
    `  const threads = [${names.map((name) => `new Thread({ target: ${name}, args: [${random.below(50)}] })`).join(", ")}];`,
  );
  parts.push("  for (const thread of threads) thread.start();", "  for (const thread of threads) thread.join();");
  parts.push(`  console.log(total${index}.value);`, "});");
  return `${parts.join("\n")}\n`;
}

function concurrentFunction(index: number, number: number, isCareless: boolean, imported: number | undefined): string {
  const update = `total${index}.value += amount;`;
  const guarded = isCareless ? update : `lock${index}.withLock(() => {\n      ${update}\n    });`;
  const other = imported === undefined ? "n" : `build${imported}(n).id`;
  return `function add${index}_${number}(amount: number): void {
  if (amount > ${number}) {
    ${guarded}
  }
}

export function work${index}_${number}(times: number): void {
  for (let n = 0; n < times; n++) {
    add${index}_${number}(${other});
    outer${index}.withLock(() => {
      lock${index}.acquire();
      try {
        total${index}.value -= 1;
      } finally {
        lock${index}.release();
      }
    });
  }
}
`;
}

/** The same numbers on every machine (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(Math.max(1, values.length))];
  }
}
