import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { clearedBehind } from "../../source/raced-timers.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** The timer's number is kept, and the timer cleared when the race is over. */
export function clearBehindRace(program: Program, timer: Site, race: Site, finding: Finding): readonly Fix[] {
  const typed = program.bench.allowsUsing(timer.file);
  return [
    gated(program, finding, timer.file, "Clear the timer when the race is over", [
      (tree) => clearedBehind(tree, timer, race, typed),
    ]),
  ];
}
