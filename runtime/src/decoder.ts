import { GENERATION, words } from "./arena.js";
import { decodeError } from "./error-codec.js";
import { SerializationError, StateError } from "./errors.js";
import { isolate } from "./isolate.js";
import { refTo } from "./ref.js";
import { wrapperOf } from "./shared.js";
import { TAG, VIEW_TYPES } from "./tags.js";
import type { Registered, TaskName } from "./task-name.js";
import { taskOfNumber } from "./task-numbers.js";
import { registeredAs } from "./tasks.js";

/** Makes an object of this process from what stood for it in a message of another one. */
export type Arrival = (data: unknown) => object;

/** What differs in a message that comes from another process. */
export interface Origin {
  /** By the names of kinds. */
  arrival(kind: string): Arrival | undefined;
  /** The function or class that the message means, if this thread has it. */
  registered(task: TaskName): Registered | undefined;
  /** What stands for a function that it has not. @throws SerializationError nothing does */
  absent(task: TaskName): Registered;
}

/** Reads what an Encoder wrote. Takes over the references the message held. */
export class Decoder {
  readonly #bytes: Uint8Array;
  #at: number;
  /** Objects in the order in which the encoder met them, so that cycles and shared parts come back as such. */
  readonly #seen: unknown[] = [];

  /** Undefined: a thread of this process. */
  readonly #origin: Origin | undefined;

  constructor(bytes: Uint8Array, start: number, origin?: Origin) {
    this.#at = start;
    this.#bytes = bytes;
    this.#origin = origin;
  }

  /** Where the message comes from. */
  get origin(): string {
    return this.#origin === undefined ? "thread" : "process";
  }

  read(): unknown {
    const tag = this.#byte();
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int:
        return this.int();
      case TAG.double:
        return this.double();
      case TAG.bigint:
        return BigInt(this.text());
      case TAG.latin1:
      case TAG.utf16:
        return this.#text(tag);
      case TAG.seen:
        return this.#seen[this.int()];
      case TAG.task: {
        const task = this.#task();
        return this.registered(task) ?? this.#origin?.absent(task) ?? refTo(task);
      }
      default:
        return this.#object(tag);
    }
  }

  /** The function or class of that name, if it is there. */
  registered(task: TaskName): Registered | undefined {
    return this.#origin === undefined ? registeredAs(task) : this.#origin.registered(task);
  }

  int(): number {
    // By hand: a DataView per message would cost more than all else that is done for a small one.
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  }

  double(): number {
    scratch.setInt32(0, this.int(), true);
    scratch.setInt32(4, this.int(), true);
    return scratch.getFloat64(0, true);
  }

  text(): string {
    return this.#text(this.#byte());
  }

  /** Assigns what the encoder's `properties` wrote. */
  properties(target: object): void {
    for (let left = this.int(); left > 0; left--) {
      const key = this.text();
      const value = this.read();
      if (key === "__proto__") {
        Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
      } else {
        (target as Record<string, unknown>)[key] = value;
      }
    }
  }

  #object(tag: number): unknown {
    const number = this.#seen.length;
    this.#seen.push(undefined);
    const seen = <T>(value: T): T => {
      this.#seen[number] = value;
      return value;
    };
    switch (tag) {
      case TAG.array: {
        const array: unknown[] = seen([]);
        for (let left = this.int(); left > 0; left--) array.push(this.read());
        return array;
      }
      case TAG.ints: {
        const array: unknown[] = seen([]);
        const count = this.int();
        if (count > this.#bytes.length >> 2)
          throw new SerializationError("A message holds fewer numbers than it says.");
        for (let left = count; left > 0; left--) array.push(this.int());
        return array;
      }
      case TAG.object: {
        const object = seen({});
        this.properties(object);
        return object;
      }
      case TAG.map: {
        const map = seen(new Map<unknown, unknown>());
        for (let left = this.int(); left > 0; left -= 2) map.set(this.read(), this.read());
        return map;
      }
      case TAG.set: {
        const set = seen(new Set());
        for (let left = this.int(); left > 0; left--) set.add(this.read());
        return set;
      }
      case TAG.date:
        return seen(new Date(this.double()));
      case TAG.regexp:
        return seen(new RegExp(this.text(), this.text()));
      case TAG.bytes:
        return seen(this.#buffer());
      case TAG.view:
        return seen(this.#view());
      case TAG.error:
        return decodeError(this, seen);
      case TAG.shared:
        return seen(this.#shared());
      case TAG.instance:
        return this.#instance(seen);
      case TAG.stand:
        return seen(this.#arrived());
      default:
        throw new SerializationError(`A message holds the unknown tag ${tag}.`);
    }
  }

  #instance(seen: (value: object) => void): object {
    const task = this.#task();
    const type = this.registered(task);
    if (type === undefined) {
      throw new SerializationError(
        `An instance of ${task.name} arrived, but ${task.url} is not loaded here: import it first.`,
      );
    }
    const composite = isolate.composites.get(type);
    if (composite !== undefined) {
      const parts: Record<string, unknown> = {};
      this.properties(parts);
      const made = composite.arrive(parts);
      seen(made);
      return made;
    }
    const instance: object = Object.create(type.prototype as object);
    seen(instance);
    this.properties(instance);
    return instance;
  }

  #arrived(): object {
    const kind = this.text();
    const arrive = this.#origin?.arrival(kind);
    if (arrive === undefined) throw new SerializationError(`A message holds an object of the unknown kind "${kind}".`);
    return arrive(this.read());
  }

  #shared(): object {
    if (this.#origin !== undefined) throw new SerializationError("A message of another process holds a shared object.");
    const at = this.int();
    if (this.int() !== Atomics.load(words, at + GENERATION)) {
      throw new StateError("A message refers to a shared object that no longer exists.");
    }
    return wrapperOf(at);
  }

  #buffer(): ArrayBuffer {
    const length = this.int();
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at).buffer as ArrayBuffer;
  }

  #view(): ArrayBufferView {
    const type = VIEW_TYPES[this.int()] as typeof Uint8Array | undefined;
    const offset = this.double();
    const length = this.double();
    const buffer = this.#bytes[this.#at] === TAG.bytes ? this.#privateBuffer() : this.read();
    if (type === undefined) throw new SerializationError("A message holds a view of unknown type.");
    if (this.#origin !== undefined && !(buffer instanceof ArrayBuffer))
      throw new SerializationError("A message holds a view of no buffer.");
    return new type(buffer as ArrayBuffer, offset, length);
  }

  #privateBuffer(): ArrayBuffer {
    this.#at += 1;
    return this.#buffer();
  }

  #task(): TaskName {
    return this.#origin === undefined ? taskOfNumber(this.int()) : { url: this.text(), name: this.text() };
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 255;
  }

  #text(tag: number): string {
    const length = this.int();
    const start = this.#at;
    const size = tag === TAG.latin1 ? length : length * 2;
    this.#at += size;
    if (length < 24 && tag === TAG.latin1) {
      return shortText(this.#bytes, start, start + length);
    }
    const units =
      tag === TAG.latin1
        ? this.#bytes.subarray(start, start + size)
        : new Uint16Array(this.#bytes.slice(start, start + size).buffer);
    let text = "";
    for (let i = 0; i < length; i += CHUNK) {
      // Faster than to spread them.
      text += String.fromCharCode.apply(null, units.subarray(i, i + CHUNK) as unknown as number[]);
    }
    return text;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** Arguments that a call takes without exhausting the stack. */
const CHUNK = 8192;

/** A text of a few units. In eights, because a text that is put together one by one leaves as many pieces behind. */
function shortText(bytes: Uint8Array, start: number, end: number): string {
  const one = String.fromCharCode;
  let text = "";
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const [a = 0, b = 0, c = 0, d = 0] = [bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]];
    const [e = 0, f = 0, g = 0, h = 0] = [bytes[i + 4], bytes[i + 5], bytes[i + 6], bytes[i + 7]];
    text += one(a, b, c, d, e, f, g, h);
  }
  for (; i < end; i++) text += one(bytes[i] ?? 0);
  return text;
}
