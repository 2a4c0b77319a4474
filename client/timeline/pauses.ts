/** When a debugger stopped a thread, or any of them. A handful, made by people: plain lists do. */
import type { Place } from "../shared/snapshot.js";

export class Pauses {
  /** Starts and ends, rising; the last pause may last. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #places: (Place | undefined)[] = [];

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  get isOpen(): boolean {
    return this.#starts.length > this.#ends.length;
  }

  begin(time: number, place: Place | undefined): void {
    if (!this.isOpen) this.#starts.push(Math.max(time, this.#ends.at(-1) ?? 0));
    // A step is a stop at another place.
    this.#places[this.#starts.length - 1] = place;
  }

  end(time: number): void {
    if (this.isOpen) this.#ends.push(Math.max(time, this.#starts.at(-1) ?? 0));
  }

  /** The first pause that ends after this moment. */
  next(time: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  startOf(pause: number): number {
    return this.#starts[pause] ?? Number.POSITIVE_INFINITY;
  }

  endOf(pause: number): number {
    return this.#ends[pause] ?? Number.POSITIVE_INFINITY;
  }

  isPaused(time: number): boolean {
    return this.startOf(this.next(time)) <= time;
  }

  /** Where it stood; undefined if it did not, or nobody knows. */
  placeAt(time: number): Place | undefined {
    return this.isPaused(time) ? this.#places[this.next(time)] : undefined;
  }

  /** How much of a stretch was paused. */
  within(from: number, to: number): number {
    let sum = 0;
    for (let pause = this.next(from); this.startOf(pause) < to; pause++) {
      sum += Math.min(to, this.endOf(pause)) - Math.max(from, this.startOf(pause));
    }
    return sum;
  }
}
