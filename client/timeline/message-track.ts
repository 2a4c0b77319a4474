/** Messages that came to one thread, in the order in which they came, in columns of numbers. */

const FIRST_CAPACITY = 64;

export interface Message {
  /** When it was sent, and by which thread. */
  readonly sent: number;
  readonly from: number;
  readonly came: number;
}

export class MessageTrack {
  #sent = new Float64Array(0);
  #came = new Float64Array(0);
  #from = new Int32Array(0);
  #count = 0;

  /** It comes not earlier than the one before. */
  add({ sent, from, came }: Message): void {
    const at = this.#count++;
    if (at === this.#sent.length) this.#grow();
    this.#sent[at] = sent;
    this.#from[at] = from;
    this.#came[at] = came;
  }

  get(index: number): Message {
    return { sent: this.#sent[index]!, from: this.#from[index]!, came: this.#came[index]! };
  }

  /** How many came before a moment. */
  before(time: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#came[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#sent.length * 2);
    const [sent, came, from] = [this.#sent, this.#came, this.#from];
    this.#sent = new Float64Array(capacity);
    this.#came = new Float64Array(capacity);
    this.#from = new Int32Array(capacity);
    this.#sent.set(sent);
    this.#came.set(came);
    this.#from.set(from);
  }
}
