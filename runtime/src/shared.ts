/** What all shared classes have in common: wrappers, references, names. */
import { CLOSED, KIND, KINDS, release, retain, words } from "./arena.js";
import { countMade } from "./collect.js";
import { checkOptions } from "./deadline.js";
import { StateError } from "./errors.js";
import { isolate, type Kind, type Membership } from "./isolate.js";
import { claimName, type NameOptions } from "./names.js";
import { eraseEntry, journalReference } from "./self.js";

const collected = new FinalizationRegistry<Membership>((membership) => {
  if (isolate.wrappers.get(membership.at)?.deref() === undefined) isolate.wrappers.delete(membership.at);
  leave(membership);
});

/** Wrappers of this isolate that have not given their reference back. */
let joined = 0;

function leave(membership: Membership): void {
  joined--;
  drop(membership);
}

function drop({ at, entry }: Membership): void {
  eraseEntry(entry);
  release(at);
}

/** Registers a kind and how its wrappers are made. `make` is `() => new Class()`, run while `adopting` is set. */
export function defineKind(kind: keyof typeof KINDS, name: string, make: () => object, rest: Partial<Kind> = {}): void {
  isolate.kinds.set(KINDS[kind], { ...rest, name, attach: (at) => adopt(at, make) });
}

/** Runs a constructor so that it wraps this cell instead of making one; takes over a reference. */
export function adopt<T extends object>(at: number, make: () => T): T {
  isolate.adopting = at;
  try {
    return make();
  } finally {
    isolate.adopting = 0;
  }
}

/** In a constructor: the cell it is to wrap because it arrived from elsewhere; 0 when it is to make one. */
export function adopted(): number {
  const at = isolate.adopting;
  isolate.adopting = 0;
  return at;
}

/** Makes `wrapper` a holder of the cell. The reference counted for it is the one its maker or sender took. */
export function join(wrapper: object, at: number): void {
  const membership = { at, entry: journalReference(at) };
  isolate.cells.set(wrapper, membership);
  if (isolate.wrappers.get(at)?.deref() === undefined) isolate.wrappers.set(at, new WeakRef(wrapper));
  collected.register(wrapper, membership, wrapper);
  countMade(++joined);
}

/** The cell of a wrapper, undefined for anything else and after `close`. */
export function cellOf(value: object): number | undefined {
  return isolate.cells.get(value)?.at;
}

/** Whether the object was a wrapper and has been closed. */
export function isClosed(value: object): boolean {
  return isolate.closed.has(value);
}

/** Gives the wrapper's reference back. The result is the cell to point at from now on. */
export function leaveCell(wrapper: object): number {
  const membership = isolate.cells.get(wrapper);
  if (membership !== undefined) {
    isolate.cells.delete(wrapper);
    isolate.closed.add(wrapper);
    collected.unregister(wrapper);
    if (isolate.wrappers.get(membership.at)?.deref() === wrapper) isolate.wrappers.delete(membership.at);
    leave(membership);
  }
  return CLOSED;
}

/** The wrapper of a cell in this isolate. Takes over one reference of the caller's. */
export function wrapperOf(at: number): object {
  const known = isolate.wrappers.get(at)?.deref();
  if (known !== undefined) {
    release(at);
    return known;
  }
  isolate.wrappers.delete(at);
  const kind = isolate.kinds.get(Atomics.load(words, at + KIND));
  if (kind === undefined) throw new StateError("This shared object no longer exists.");
  return kind.attach(at);
}

/**
 * The cell of a named object, made by `create` if it does not exist; without a name, a new one. `shape` is what two
 * declarations of one name must agree on, as text. The caller owns one reference.
 */
export function cellNamed(options: NameOptions | undefined, shape: string, create: () => number): number {
  if (options === undefined) return create();
  checkOptions(options, '{ name: "jobs" }');
  const { name } = options;
  if (name === undefined) return create();
  if (typeof name !== "string" || name === "")
    throw new TypeError("The name of a shared object is a non-empty string.");
  const at = claimName(name, shape, create);
  retain(at);
  return at;
}

/** Throws unless the cell is open. */
export function checkOpen(at: number): void {
  if (at === CLOSED) throw new StateError("This object is closed.");
}

/** Keeps the cell while something of this thread waits on it. The result ends that. */
export function holdCell(at: number): () => void {
  retain(at);
  const entry = journalReference(at);
  return () => drop({ at, entry });
}
