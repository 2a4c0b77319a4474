/** Contestants that take turns in one process, and tables of what came of it. */
import { availableParallelism, loadavg } from "node:os";

/** One way to do the work. */
export interface Contestant {
  readonly name: string;
  /** Does the work `times` times. Returns something that depends on all of it, so that nothing can be left out. */
  run(times: number): number | Promise<number>;
  /** Whom it is compared with, by name, and the least share of that one's speed; undefined where there is no goal. */
  readonly against?: Readonly<Record<string, number | undefined>>;
  /** The least share of its own median in its worst turn. */
  readonly worst?: number;
}

/** How fast something is done. */
export interface Race {
  readonly title: string;
  /** What is done once per time. */
  readonly unit: string;
  /** Starts what they need. */
  contestants(): readonly Contestant[] | Promise<readonly Contestant[]>;
  /** Ends what the contestants have started. */
  end?(): void | Promise<void>;
}

/** How much of something is needed: less is better. */
export interface Cost {
  readonly title: string;
  /** Of the values that the functions return. */
  readonly unit: string;
  heddle(): Promise<number>;
  readonly peer: { readonly name: string; measure(): Promise<number> };
  readonly goal: { readonly text: string; most(theirs: number): number };
}

export type Bench = Race | Cost;

const TURNS = 15;
const TURN_MILLISECONDS = 60;
const COST_TURNS = 7;
let blackHole = 0;

/** Times that take about one turn, found while warming up. */
async function calibrate({ run }: Contestant): Promise<number> {
  for (let times = 16; ; times *= 2) {
    const start = performance.now();
    const done = await run(times);
    blackHole += done;
    const took = performance.now() - start;
    if (took > TURN_MILLISECONDS / 2) return Math.ceil((times * TURN_MILLISECONDS) / took);
  }
}

/** Turns of all contestants in rotation, so that what slows the machine slows everyone. Per second. */
export async function race(contestants: readonly Contestant[]): Promise<Map<string, number[]>> {
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
      const done = await contestants[which]?.run(times[which] ?? 1);
      blackHole += done ?? 0;
      rates[which]?.push(((times[which] ?? 1) / (performance.now() - start)) * 1000);
    }
  }
  return new Map(contestants.map(({ name }, i) => [name, rates[i] ?? []]));
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** A number with three figures that say something. */
export function figure(value: number): string {
  const [divisor, unit] = value >= 1e6 ? [1e6, " M"] : value >= 1e3 ? [1e3, " k"] : [1, ""];
  return `${Number((value / divisor).toPrecision(3))}${unit}`;
}

export function ratio(value: number): string {
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}×`;
}

export function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

export function verdict(reached: boolean): string {
  return reached ? "reached" : "missed";
}

export async function printRace({ title, unit, contestants, end }: Race): Promise<void> {
  const all = await contestants();
  const rates = await race(all);
  await end?.();
  for (const { name, against = {}, worst } of all) {
    const mine = rates.get(name) ?? [];
    const work = `${title}: ${name}`;
    const speed = `${figure(median(mine))} ${unit}/s`;
    for (const [peer, goal] of Object.entries(against)) {
      const theirs = rates.get(peer);
      if (theirs === undefined) continue;
      // The median of the turns' ratios: of what slows both it shows nothing.
      const share = median(mine.map((rate, turn) => rate / (theirs[turn] ?? rate)));
      const cells = goal === undefined ? ["", ""] : [`≥ ${Number(goal.toFixed(2))}×`, verdict(share >= goal)];
      row(work, speed, peer, `${figure(median(theirs))} ${unit}/s`, ratio(share), ...cells);
    }
    if (worst === undefined) continue;
    const share = Math.min(...mine) / median(mine);
    const slowest = `${figure(Math.min(...mine))} ${unit}/s`;
    row(`${work}, worst turn`, slowest, "its median", speed, ratio(share), `≥ ${worst}×`, verdict(share >= worst));
  }
}

export async function printCost({ title, unit, heddle, peer, goal }: Cost): Promise<void> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < COST_TURNS; turn++) {
    mine.push(await heddle());
    theirs.push(await peer.measure());
  }
  const [cost, other] = [median(mine), median(theirs)];
  const cells = [`${figure(cost)} ${unit}`, peer.name, `${figure(other)} ${unit}`, ratio(cost / other), goal.text];
  row(title, ...cells, verdict(cost <= goal.most(other)));
}

/** The last line of a table: what it holds for. */
export function printConditions(): void {
  console.log(
    `\nMedians of ${TURNS} turns, Node.js ${process.version}, ${availableParallelism()} cores; load of the machine at the ` +
      `end, these programs with it: ${loadavg()[0]?.toFixed(1)}.`,
  );
  if (Number.isNaN(blackHole)) console.log("unreachable, but the compiler cannot know");
}
