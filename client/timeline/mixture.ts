/** What is in a stretch of time: how long each severity, and what it is about. */

const SEVERITIES = 8;
/** No object at all. */
export const NONE = 0;
/** More than one object. */
export const SEVERAL = -1;

export class Mixture {
  /** Nanoseconds, by severity. */
  readonly lengths = new Float64Array(SEVERITIES);
  object = NONE;
  other = NONE;

  clear(): void {
    this.lengths.fill(0);
    this.object = NONE;
    this.other = NONE;
  }

  /** What fills most of it; of two that fill as much the more severe. */
  get most(): number {
    let most = 0;
    for (let severity = 1; severity < SEVERITIES; severity++) {
      if (this.lengths[severity]! > 0 && this.lengths[severity]! >= this.lengths[most]!) most = severity;
    }
    return most;
  }

  get worst(): number {
    let worst = SEVERITIES - 1;
    while (worst > 0 && this.lengths[worst]! <= 0) worst--;
    return worst;
  }
}

/** What two stretches are about. */
export function both(first: number, second: number): number {
  return first === second || second === NONE ? first : first === NONE ? second : SEVERAL;
}
