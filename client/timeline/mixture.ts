/** What is in a stretch of time: how long each severity, and what it is about. */
import { both, NONE, SEVERAL, type States } from "./states.js";

const SEVERITIES = 6;

export class Mixture {
  /** Nanoseconds, by severity. */
  readonly lengths = new Float64Array(SEVERITIES);
  object = NONE;
  other = NONE;
  /** What was added last: rows often go back and forth between two states. */
  last = 0;

  clear(): void {
    for (let severity = 0; severity < SEVERITIES; severity++) this.lengths[severity] = 0;
    this.object = NONE;
    this.other = NONE;
    this.last = 0;
  }

  /** It is about several objects, and nothing that is added changes that. */
  get isAboutMany(): boolean {
    return this.object === SEVERAL && this.other === SEVERAL;
  }

  isAbout(code: number, states: States): void {
    this.last = code;
    this.add(states.object(code), states.other(code));
  }

  add(object: number, other: number): void {
    this.object = both(this.object, object);
    this.other = both(this.other, other);
  }

  /** What fills most of it; of two that fill as much the more severe. */
  get most(): number {
    let most = 0;
    let longest = 0;
    for (let severity = 0; severity < SEVERITIES; severity++) {
      const length = this.lengths[severity]!;
      if (length <= 0 || length < longest) continue;
      most = severity;
      longest = length;
    }
    return most;
  }

  get worst(): number {
    let worst = SEVERITIES - 1;
    while (worst > 0 && this.lengths[worst]! <= 0) worst--;
    return worst;
  }
}
