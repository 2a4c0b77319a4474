/**
 * `npm run bench:runtime [name...]`: the runtime against what it is measured by, in one process, taking turns, medians.
 * A benchmark is a file in runtime/ that exports `bench`.
 */
import { readdirSync } from "node:fs";

/** One way to do the work. Returns something that depends on all of it, so that nothing can be left out. */
export interface Contestant {
  readonly name: string;
  /** Does the work `times` times. */
  run(times: number): number | Promise<number>;
  /** The least share of the peer's speed, for the contestants that have a goal. */
  readonly goal?: number;
  /** The same for other contestants, by name. */
  readonly goals?: Readonly<Record<string, number>>;
}

export interface Bench {
  readonly title: string;
  /** What one turn of the work is, for the column's title. */
  readonly unit: string;
  /** The first contestant is the peer that the others are compared with. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
  /** Ends what the contestants have started. */
  end?(): void | Promise<void>;
}

const TURNS = 15;
const TURN_MILLISECONDS = 60;
let blackHole = 0;

/** Times that take about one turn, found while warming up. */
async function calibrate({ run }: Contestant): Promise<number> {
  for (let times = 64; ; times *= 2) {
    const start = performance.now();
    blackHole += await run(times);
    const took = performance.now() - start;
    if (took > TURN_MILLISECONDS / 2) return Math.ceil((times * TURN_MILLISECONDS) / took);
  }
}

/** Turns of all contestants in rotation, so that what slows the machine slows everyone. Millions per second. */
async function measure(contestants: readonly Contestant[]): Promise<number[][]> {
  const times: number[] = [];
  for (const contestant of contestants) {
    await calibrate(contestant);
    times.push(await calibrate(contestant));
  }
  const rates = contestants.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < contestants.length; i++) {
      const which = (turn + i) % contestants.length;
      const start = performance.now();
      blackHole += (await contestants[which]?.run(times[which] ?? 1)) ?? 0;
      rates[which]?.push((times[which] ?? 1) / (performance.now() - start) / 1000);
    }
  }
  return rates;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The contestant's speed as a share of another's, median of the turns. */
function shareOf(mine: readonly number[], theirs: readonly number[]): number {
  return median(mine.map((rate, turn) => rate / (theirs[turn] ?? rate)));
}

/** A rate in millions, with three figures that say something. */
function figure(rate: number): string {
  return rate.toFixed(rate < 0.1 ? 4 : 2).padStart(9);
}

async function print({ title, unit, contestants }: Bench): Promise<void> {
  const rates = await measure(contestants);
  console.log(`\n${title} (${unit}, millions per second: median, worst; share of the first: median of the turns)`);
  contestants.forEach(({ name, goal, goals }, i) => {
    const mine = rates[i] ?? [];
    const share = shareOf(mine, rates[0] ?? []);
    const verdict = goal === undefined ? "" : `  goal ≥ ${goal}×  ${share >= goal ? "reached" : "MISSED"}`;
    const others = Object.entries(goals ?? {}).map(([other, least]) => {
      const of = shareOf(mine, rates[contestants.findIndex((contestant) => contestant.name === other)] ?? []);
      return `  ${of.toFixed(2)}× ${other}, goal ≥ ${least}×  ${of >= least ? "reached" : "MISSED"}`;
    });
    const figures = [median(mine), Math.min(...mine)].map(figure).join("");
    console.log(`  ${name.padEnd(34)}${figures}${share.toFixed(2).padStart(8)}×${verdict}${others.join("")}`);
  });
}

const folder = new URL("./runtime/", import.meta.url);
const wanted = process.argv.slice(2);
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith(".js") || (wanted.length > 0 && !wanted.some((name) => file.includes(name)))) continue;
  const { bench } = (await import(new URL(file, folder).href)) as { bench: Bench | readonly Bench[] };
  for (const one of [bench].flat()) {
    await print(one);
    await one.end?.();
  }
}
if (Number.isNaN(blackHole)) console.log("unreachable, but the compiler cannot know");
