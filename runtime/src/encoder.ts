/**
 * Values as bytes, for everything that goes to another thread. Structured clone cannot carry the library's objects at
 * any depth, nor instances with their class, and costs several times as much for small messages.
 */
import { GENERATION, release, retain, words } from "./arena.js";
import { bufferCell } from "./buffers.js";
import { encodeError } from "./error-codec.js";
import { SerializationError } from "./errors.js";
import { isolate } from "./isolate.js";
import { Lockable } from "./lockable.js";
import { cellOf, isClosed } from "./shared.js";
import { TAG, VIEW_TYPES } from "./tags.js";
import type { Registered, TaskName } from "./task-name.js";
import { taskNumber } from "./task-numbers.js";
import { taskNameOf, unregistered } from "./tasks.js";

/** Values nested deeper than this exhaust some thread's stack, here or where they are decoded. */
const MAX_DEPTH = 1000;
/** More of the place in a value says nothing to anybody. */
const PLACE_SHOWN = 100;
/** Objects that are looked for one by one. */
const FEW = 8;
/** Items from which on a list of 32-bit integers is written without a tag for each. */
const MANY = 8;

/** What differs in a message that leaves the process, whose memory nobody else has. */
export interface Departure {
  /** What the other process makes its own object from, by the name of how; undefined if the object has none there. */
  standIn(value: object): StandIn | undefined;
}

/** An object on its way to another process. */
export interface StandIn {
  /** Under what name the other process knows how to make it. */
  readonly kind: string;
  /** Plain data. */
  readonly data: unknown;
}

/** Encodes into a buffer that grows and is used again. */
export class Encoder {
  #bytes = new Uint8Array(1024);
  #data = new DataView(this.#bytes.buffer);
  #end = 0;
  /** Objects met so far, the first few in a list: most messages have no more, and a map costs more than to look. */
  readonly #first: object[] = [];
  readonly #seen = new Map<object, number>();
  /** Names of properties and numbers of items on the way to the present value. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  /** Cells that the message refers to; each reference is the message's until it is decoded. */
  readonly #pinned: number[] = [];
  /** Numbers of the functions and classes that the message names. */
  readonly #tasks = new Set<number>();
  readonly #departure: Departure | undefined;
  /** The modules of those, in a message for another process: it has other numbers. */
  readonly #modules = new Set<string>();

  constructor(departure?: Departure) {
    this.#departure = departure;
  }

  /**
   * The message: `label` if given, the value, the tasks it names and the cells it refers to, and where those lists
   * begin (0 if both are empty). Valid until the next call. @throws SerializationError
   */
  encode(value: unknown, label: number | undefined): Uint8Array {
    this.#end = 0;
    this.#pinned.length = 0;
    if (this.#tasks.size > 0) this.#tasks.clear();
    if (this.#modules.size > 0) this.#modules.clear();
    try {
      if (label !== undefined) this.int(label);
      this.write(value);
      this.#trailer();
    } catch (error) {
      for (const at of this.#pinned) release(at);
      if (error instanceof SerializationError && this.#path.length > 0) {
        const place = this.#path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
        error.message += ` (at ${place.length > PLACE_SHOWN ? `${place.slice(0, PLACE_SHOWN)}…` : place})`;
      }
      throw error;
    } finally {
      this.#first.length = 0;
      if (this.#seen.size > 0) this.#seen.clear();
      this.#path.length = 0;
      this.#depth = 0;
    }
    return this.#bytes.subarray(0, this.#end);
  }

  write(value: unknown): void {
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "object" && value !== null) this.#object(value);
    else if (typeof value === "boolean") this.byte(value ? TAG.true : TAG.false);
    else if (value === undefined) this.byte(TAG.undefined);
    else if (value === null) this.byte(TAG.null);
    else if (typeof value === "function") this.#function(value as (...args: never[]) => unknown);
    else if (typeof value === "bigint") this.#bigint(value);
    else throw new SerializationError(`${String(value)} cannot go to another thread: symbols are one isolate's own.`);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  int(value: number): void {
    this.#reserve(4);
    this.#data.setInt32(this.#end, value, true);
    this.#end += 4;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#data.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  /** A string: one byte per unit where that is enough. */
  text(value: string): void {
    const length = value.length;
    this.#reserve(5 + length * 2);
    const start = this.#end + 5;
    const bytes = this.#bytes;
    let i = 0;
    for (; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 255) break;
      bytes[start + i] = unit;
    }
    const narrow = i === length;
    bytes[this.#end] = narrow ? TAG.latin1 : TAG.utf16;
    this.#data.setInt32(this.#end + 1, length, true);
    if (!narrow) {
      for (i = 0; i < length; i++) this.#data.setUint16(start + i * 2, value.charCodeAt(i), true);
    }
    this.#end = start + (narrow ? length : length * 2);
  }

  /** Own enumerable properties, counted. */
  properties(value: object): void {
    const keys = Object.keys(value);
    this.int(keys.length);
    for (const key of keys) {
      this.text(key);
      this.#path.push(key);
      this.write((value as Record<string, unknown>)[key]);
      this.#path.pop();
    }
  }

  /** The receiver needs the module of this function or class. */
  needs(task: TaskName): void {
    if (this.#departure === undefined) this.#tasks.add(taskNumber(task));
    else this.#modules.add(task.url);
  }

  #trailer(): void {
    const start = this.#end;
    const isPlain = this.#tasks.size + this.#modules.size + this.#pinned.length === 0;
    if (!isPlain) {
      this.int(this.#tasks.size + this.#modules.size);
      for (const number of this.#tasks) this.int(number);
      for (const url of this.#modules) this.text(url);
      this.int(this.#pinned.length);
      for (const at of this.#pinned) this.int(at);
    }
    this.int(isPlain ? 0 : start);
  }

  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.byte(TAG.int);
      this.int(value);
    } else {
      this.byte(TAG.double);
      this.double(value);
    }
  }

  #bigint(value: bigint): void {
    this.byte(TAG.bigint);
    this.text(String(value));
  }

  #object(value: object): void {
    const before = this.#numberOf(value);
    if (before >= 0) {
      this.byte(TAG.seen);
      this.int(before);
      return;
    }
    if (++this.#depth > MAX_DEPTH) {
      throw new SerializationError(`A value nested more than ${MAX_DEPTH} levels deep cannot go to another thread.`);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value)) {
      if (value.length >= MANY && areInts(value)) {
        this.#ints(value);
      } else {
        this.byte(TAG.array);
        this.#items(value);
      }
    } else if (prototype === Object.prototype || prototype === null) {
      this.byte(TAG.object);
      this.properties(value);
    } else {
      this.#special(value);
    }
    this.#depth--;
  }

  #items(value: readonly unknown[]): void {
    this.int(value.length);
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      this.write(value[i]);
      this.#path.pop();
    }
  }

  #ints(value: readonly number[]): void {
    this.byte(TAG.ints);
    this.int(value.length);
    this.#reserve(value.length * 4);
    const data = this.#data;
    let end = this.#end;
    for (let i = 0; i < value.length; i++, end += 4) data.setInt32(end, value[i] as number, true);
    this.#end = end;
  }

  /** The number of an object that was met before; a new one gets the next, and the result is -1. */
  #numberOf(value: object): number {
    const first = this.#first;
    for (let i = 0; i < first.length; i++) if (first[i] === value) return i;
    if (first.length < FEW) {
      first.push(value);
      return -1;
    }
    const before = this.#seen.get(value);
    if (before !== undefined) return before;
    this.#seen.set(value, FEW + this.#seen.size);
    return -1;
  }

  #special(value: object): void {
    if (this.#departure !== undefined && this.#depart(value, this.#departure)) return;
    const at = value instanceof SharedArrayBuffer ? bufferCell(value) : cellOf(value);
    if (at !== undefined) {
      this.#shared(value, at);
    } else if (isClosed(value)) {
      throw new SerializationError("A closed shared object cannot go to another thread.");
    } else if (value instanceof Error) {
      this.byte(TAG.error);
      encodeError(this, value);
    } else if (taskNameOf(value.constructor) !== undefined) {
      this.#instance(value);
    } else if (value instanceof Map) {
      this.byte(TAG.map);
      this.#items([...value].flat());
    } else if (value instanceof Set) {
      this.byte(TAG.set);
      this.#items([...value]);
    } else if (value instanceof Date) {
      this.byte(TAG.date);
      this.double(value.getTime());
    } else if (value instanceof RegExp) {
      this.byte(TAG.regexp);
      this.text(value.source);
      this.text(value.flags);
    } else if (value instanceof ArrayBuffer) {
      this.#buffer(new Uint8Array(value));
    } else if (ArrayBuffer.isView(value)) {
      this.#view(value);
    } else {
      throw this.#refusal(value);
    }
  }

  /** Another process gets its own object, or none: what lies in this one's memory cannot be seen from there. */
  #depart(value: object, departure: Departure): boolean {
    const standIn = departure.standIn(value);
    if (standIn !== undefined) {
      this.byte(TAG.stand);
      this.text(standIn.kind);
      this.write(standIn.data);
      return true;
    }
    const at = cellOf(value);
    if (at === undefined && !(value instanceof SharedArrayBuffer)) return false;
    const kind = at === undefined ? undefined : isolate.kinds.get(words[at] ?? 0)?.name;
    throw new SerializationError(
      `A ${kind ?? "SharedArrayBuffer"} cannot go to another process: it lies in the memory of this one, and processes ` +
        "share none. Use one of a Manager, or a Queue or Pipe of heddle/process.",
    );
  }

  #refusal(value: object): SerializationError {
    if (value instanceof Promise) {
      return new SerializationError("A promise cannot go to another thread; await it and send the value.");
    }
    if (value instanceof Lockable) {
      return new SerializationError("A side of an RWLock cannot go to another thread alone; send the RWLock.");
    }
    const type = (value.constructor as { name?: string } | undefined)?.name ?? "";
    if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      return new SerializationError(`A ${type} cannot go to another thread: what it refers to lives in this one.`);
    }
    return unregistered({ name: type }, "class");
  }

  #shared(value: object, at: number): void {
    const kind = isolate.kinds.get(words[at] ?? 0);
    kind?.beforeSend?.(at, value);
    retain(at);
    this.#pinned.push(at);
    this.byte(TAG.shared);
    this.int(at);
    this.int(Atomics.load(words, at + GENERATION));
  }

  #function(value: { readonly name: string }): void {
    const task = taskNameOf(value);
    if (task === undefined) throw unregistered(value, String(value).startsWith("class") ? "class" : "function");
    this.byte(TAG.task);
    this.#task(task);
  }

  #instance(value: object): void {
    this.byte(TAG.instance);
    this.#task(taskNameOf(value.constructor) as TaskName);
    this.properties(isolate.composites.get(value.constructor as Registered)?.leave(value) ?? value);
  }

  #task(task: TaskName): void {
    this.needs(task);
    if (this.#departure === undefined) {
      this.int(taskNumber(task));
    } else {
      this.text(task.url);
      this.text(task.name);
    }
  }

  #buffer(bytes: Uint8Array): void {
    this.byte(TAG.bytes);
    this.int(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Of a private buffer only the part in view is copied; a shared one is shared whole. */
  #view(value: ArrayBufferView): void {
    this.byte(TAG.view);
    this.int(VIEW_TYPES.findIndex((type) => value instanceof type));
    const length = value instanceof DataView ? value.byteLength : (value as Uint8Array).length;
    const shared = value.buffer instanceof SharedArrayBuffer;
    this.double(shared ? value.byteOffset : 0);
    this.double(length);
    if (shared) this.write(value.buffer);
    else this.#buffer(new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength));
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + size));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#data = new DataView(larger.buffer);
  }
}

function areInts(values: readonly unknown[]): values is readonly number[] {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" || (value | 0) !== value || Object.is(value, -0)) return false;
  }
  return true;
}
