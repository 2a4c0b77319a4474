/** How times are told: in the unit that fits, with three digits that count. All are given in nanoseconds. */

const UNITS = [
  { name: "ns", nanoseconds: 1 },
  { name: "µs", nanoseconds: 1e3 },
  { name: "ms", nanoseconds: 1e6 },
  { name: "s", nanoseconds: 1e9 },
] as const;

const MINUTE = 60e9;
const HOUR = 60 * MINUTE;

/** A length of time: `6.10 ms`, `184 ms`, `1.21 s`, `2 min 4 s`, `1 h 3 min`. */
export function formatDuration(nanoseconds: number): string {
  const whole = Math.max(0, Math.round(nanoseconds));
  // What would be rounded to 60.0 s is a minute.
  if (whole >= HOUR) return pair(whole, HOUR, "h", MINUTE, "min");
  if (whole >= MINUTE - 5e7) return pair(whole, MINUTE, "min", 1e9, "s");
  const unit = UNITS.findLast(({ nanoseconds: size }) => whole >= size * 0.9995) ?? UNITS[0];
  return unit.nanoseconds === 1 ? `${whole} ns` : `${threeDigits(whole / unit.nanoseconds)} ${unit.name}`;
}

function pair(whole: number, large: number, largeName: string, small: number, smallName: string): string {
  const smalls = Math.round(whole / small);
  const perLarge = large / small;
  const rest = smalls % perLarge;
  const first = `${Math.floor(smalls / perLarge)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

function threeDigits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(decimals);
}

/** A moment since the start, to the millisecond or, in the first second, to the microsecond: `2.003 s`, `4.512 ms`. */
export function formatMoment(nanoseconds: number): string {
  return formatAt(nanoseconds, nanoseconds < 1e9 ? 1e3 : 1e6);
}

/** A moment told so that two that are `step` apart read differently. */
export function formatAt(nanoseconds: number, step: number): string {
  if (nanoseconds === 0) return "0";
  if (nanoseconds >= MINUTE) {
    const minutes = Math.floor(nanoseconds / MINUTE);
    const decimals = decimalsFor(step, 1e9);
    const seconds = ((nanoseconds - minutes * MINUTE) / 1e9).toFixed(decimals);
    return `${minutes}:${seconds.padStart(decimals === 0 ? 2 : decimals + 3, "0")}`;
  }
  const unit = UNITS.findLast(({ nanoseconds: size }) => nanoseconds >= size) ?? UNITS[0];
  return `${(nanoseconds / unit.nanoseconds).toFixed(decimalsFor(step, unit.nanoseconds))} ${unit.name}`;
}

function decimalsFor(step: number, unit: number): number {
  return Math.min(9, Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9)));
}
