/** What proxies ask of their objects, done by shared objects of threads. */
import type { ElementType } from "../elements.js";
import { guarded } from "../mutex.js";
import { remoteOf } from "../process/manager/remote.js";
import { cellOf } from "../shared.js";
import type { SharedArray } from "../shared-array.js";
import type { SharedList } from "../shared-list.js";
import type { SharedMap } from "../shared-map.js";
import type { SharedValue } from "../shared-value.js";
import { replaceSlots, slotsOf, versionOf } from "../slots.js";

/** What lies behind a proxy. */
export interface SharedObject {
  close(): void;
}

type Methods<O> = Readonly<Record<string, (object: O, args: never) => unknown>>;

/** A method of the object itself. */
function own<O extends object>(name: keyof O): (object: O, args: readonly unknown[]) => unknown {
  return (object, args) => {
    const result = (object[name] as (...given: readonly unknown[]) => unknown).apply(object, [...args]);
    return result === object ? undefined : result;
  };
}

/** What tells objects apart: a proxy arrives as another one each time. */
function identityOf(value: unknown): unknown {
  const remote = typeof value === "object" && value !== null ? remoteOf(value) : undefined;
  return remote === undefined ? value : `${remote.client.server} ${remote.id}`;
}

function searching(
  name: "includes" | "indexOf" | "lastIndexOf",
): (list: SharedList<unknown>, args: [unknown]) => unknown {
  return (list, [value]) => list.map(identityOf)[name](identityOf(value));
}

type List = SharedList<unknown>;

const LIST: Methods<List> = {
  length: (list) => list.length,
  at: own("at"),
  get: own("get"),
  set: own("set"),
  push: own("push"),
  unshift: own("unshift"),
  pop: own("pop"),
  shift: own("shift"),
  splice: own("splice"),
  slice: own("slice"),
  sort: own("sort"),
  reverse: own("reverse"),
  includes: searching("includes"),
  indexOf: searching("indexOf"),
  lastIndexOf: searching("lastIndexOf"),
  // The version first: what changes in between only makes it an old one.
  snapshot: (list) => [versionOf(cellOf(list) ?? 0), list.slice()],
  arrange(list, [version, places]: [number, readonly number[]]) {
    const at = cellOf(list) ?? 0;
    return guarded(at, () => {
      if (versionOf(at) !== version) return false;
      const slots = slotsOf(at);
      replaceSlots(
        at,
        places.map((place) => slots[place] ?? 0),
      );
      return true;
    });
  },
};

type Dict = SharedMap<never, unknown>;

const DICT: Methods<Dict> = {
  size: (dict) => dict.size,
  get: own("get"),
  has: own("has"),
  update: own("update"),
  setDefault: own("setDefault"),
  delete: own("delete"),
  pop: own("pop"),
  clear: own("clear"),
  keys: (dict) => [...dict.keys()],
  values: (dict) => [...dict.values()],
  entries: (dict) => [...dict.entries()],
};

const NAMESPACE: Methods<Dict> = {
  get: own("get"),
  has: own("has"),
  set: (attributes, [name, value]: [never, unknown]) => attributes.update([[name, value]]),
  delete: own("delete"),
  keys: (attributes) => [...attributes.keys()],
};

const VALUE: Methods<SharedValue<"i32">> = {
  get: (value) => value.value,
  set(value, [, to]: [number, number]) {
    value.value = to;
  },
  add: (value, [, amount]: [number, number]) => value.add(amount),
};

type Numbers = SharedArray<ElementType> & { [index: number]: number } & ArrayLike<number>;

/** @throws RangeError there is no such element */
function placeIn({ length }: Numbers, index: number): number {
  const which = index < 0 ? index + length : index;
  if (Number.isInteger(which) && which >= 0 && which < length) return which;
  throw new RangeError(`An array of ${length} has no element ${index}.`);
}

const ARRAY: Methods<Numbers> = {
  length: ({ length }) => length,
  get: (array, [index]: [number]) => array[placeIn(array, index)],
  // Under the lock: an addition to a float is two steps.
  set: (array, [index, value]: [number, number]) =>
    locked(array, () => {
      array[placeIn(array, index)] = value;
    }),
  add: (array, [index, amount]: [number, number]) =>
    locked(array, () => {
      const place = placeIn(array, index);
      const before = array[place] as number;
      array[place] = before + amount;
      return before;
    }),
  slice: (array, [start, end]: [number?, number?]) => Array.from(array as ArrayLike<number>).slice(start, end),
};

function locked<T>(array: Numbers, section: () => T): T {
  const lock = array.getLock();
  lock.acquire();
  try {
    return section();
  } finally {
    lock.release();
  }
}

/** By the kinds of the proxies. */
export const METHODS: Readonly<Record<string, Methods<never>>> = {
  list: LIST,
  dict: DICT,
  namespace: NAMESPACE,
  value: VALUE,
  array: ARRAY,
};
