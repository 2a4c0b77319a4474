/**
 * `npm run bench:runtime [name...]`: the runtime against what it is measured by, in one process, taking turns, medians.
 * A benchmark is a file in runtime/ that exports `bench`.
 */
import { readdirSync } from "node:fs";

/** One way to do the work. Returns something that depends on all of it, so that nothing can be left out. */
export interface Contestant {
  readonly name: string;
  /** Does the work `times` times. */
  run(times: number): number;
  /** The least share of the peer's speed, for the contestants that have a goal. */
  readonly goal?: number;
}

export interface Bench {
  readonly title: string;
  /** What one turn of the work is, for the column's title. */
  readonly unit: string;
  /** The first contestant is the peer that the others are compared with. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
}

const TURNS = 15;
const TURN_MILLISECONDS = 60;
let blackHole = 0;

/** Times that take about one turn, found while warming up. */
function calibrate({ run }: Contestant): number {
  for (let times = 1000; ; times *= 2) {
    const start = performance.now();
    blackHole += run(times);
    const took = performance.now() - start;
    if (took > TURN_MILLISECONDS / 2) return Math.ceil((times * TURN_MILLISECONDS) / took);
  }
}

/** Turns of all contestants in rotation, so that what slows the machine slows everyone. Millions per second. */
function measure(contestants: readonly Contestant[]): number[][] {
  const times = contestants.map((contestant) => {
    calibrate(contestant);
    return calibrate(contestant);
  });
  const rates = contestants.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < contestants.length; i++) {
      const which = (turn + i) % contestants.length;
      const start = performance.now();
      blackHole += contestants[which]?.run(times[which] ?? 1) ?? 0;
      rates[which]?.push((times[which] ?? 1) / (performance.now() - start) / 1000);
    }
  }
  return rates;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function print({ title, unit, contestants }: Bench): void {
  const rates = measure(contestants);
  console.log(`\n${title} (${unit}, millions per second: median, worst; share of the first: median of the turns)`);
  contestants.forEach(({ name, goal }, i) => {
    const mine = rates[i] ?? [];
    const share = median(mine.map((rate, turn) => rate / (rates[0]?.[turn] ?? rate)));
    const verdict = goal === undefined ? "" : `  goal ≥ ${goal}×  ${share >= goal ? "reached" : "MISSED"}`;
    const figures = [median(mine), Math.min(...mine)].map((rate) => rate.toFixed(2).padStart(8)).join("");
    console.log(`  ${name.padEnd(34)}${figures}${share.toFixed(2).padStart(8)}×${verdict}`);
  });
}

const folder = new URL("./runtime/", import.meta.url);
const wanted = process.argv.slice(2);
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith(".js") || (wanted.length > 0 && !wanted.some((name) => file.includes(name)))) continue;
  const { bench } = (await import(new URL(file, folder).href)) as { bench: Bench };
  print(bench);
}
if (Number.isNaN(blackHole)) console.log("unreachable, but the compiler cannot know");
