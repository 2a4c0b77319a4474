/** The clients of a thread: one for each place that it reaches, wherever its proxies come from. */
import { atEnd } from "../../trace/ending.js";

interface Client<Place> {
  readonly plan: Place;
  readonly isGone: boolean;
  leave(): void;
}

export class Clients<Place, C extends Client<Place>> {
  readonly #make: (place: Place) => C;
  readonly #clients = new Map<string, C>();
  #isWatchingEnd = false;
  #current: C | undefined;

  constructor(make: (place: Place) => C) {
    this.#make = make;
  }

  /** This thread's client for that place; it connects when it is first used. */
  of(place: Place): C {
    const name = nameOf(place);
    const known = this.#clients.get(name);
    if (known !== undefined && !known.isGone) return known;
    this.#watchEnd();
    const client = this.#make(place);
    this.#clients.set(name, client);
    return client;
  }

  /** It is closed. */
  forget({ plan }: C): void {
    this.#clients.delete(nameOf(plan));
  }

  /** The client that reads or writes a message at the moment: proxies in it are of its server, unless they say more. */
  get current(): C | undefined {
    return this.#current;
  }

  /** Reads or writes a message of that client. */
  within<T>(client: C, run: () => T): T {
    const before = this.#current;
    this.#current = client;
    try {
      return run();
    } finally {
      this.#current = before;
    }
  }

  /** What a thread has is others' when it ends. */
  #watchEnd(): void {
    if (this.#isWatchingEnd) return;
    this.#isWatchingEnd = true;
    atEnd(() => {
      for (const client of this.#clients.values()) client.leave();
    });
  }
}

function nameOf(place: unknown): string {
  return JSON.stringify(place);
}
