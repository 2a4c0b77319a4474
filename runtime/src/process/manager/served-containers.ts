/** Lists, dicts, namespaces and typed values in a manager's server. What is in them are copies and served objects. */
import { type ElementType, type ValueType, VIEWS } from "../../elements.js";
import { type Call, type Methods, Served } from "./served.js";

export class ServedList extends Served {
  override readonly kind = "list";
  override readonly methods: Methods<ServedList> = LIST_METHODS;
  items: unknown[];
  /** Changes with every change, for who sorts a copy. */
  version = 0;

  constructor(items: unknown[]) {
    super();
    this.items = items;
  }
}

/** Negative places count from the end. @throws RangeError there is no such element */
function placeIn(length: number, index: number, what: string): number {
  const which = index < 0 ? index + length : index;
  if (Number.isInteger(which) && which >= 0 && which < length) return which;
  throw new RangeError(`${what} of ${length} has no element ${index}.`);
}

/** A method of Array, with its arguments. */
function arrays(
  name: "at" | "slice" | "includes" | "indexOf" | "lastIndexOf",
): (list: ServedList, call: Call) => unknown {
  return ({ items }, { args }) => (items[name] as (...given: unknown[]) => unknown).apply(items, [...args]);
}

/** One that changes the list. */
function changes(
  name: "push" | "unshift" | "pop" | "shift" | "splice" | "reverse" | "sort",
): (list: ServedList, call: Call) => unknown {
  return (list, { args }) => {
    list.version++;
    const { items } = list;
    const result = (items[name] as (...given: unknown[]) => unknown).apply(items, [...args]);
    return result === items ? undefined : result;
  };
}

const LIST_METHODS: Methods<ServedList> = {
  length: ({ items }) => items.length,
  at: arrays("at"),
  slice: arrays("slice"),
  includes: arrays("includes"),
  indexOf: arrays("indexOf"),
  lastIndexOf: arrays("lastIndexOf"),
  push: changes("push"),
  unshift: changes("unshift"),
  pop: changes("pop"),
  shift: changes("shift"),
  splice: changes("splice"),
  reverse: changes("reverse"),
  sort: changes("sort"),
  get: ({ items }, { args }) => items[placeIn(items.length, args[0] as number, "A list")],
  set(list, { args }) {
    const [index, value] = args as [number, unknown];
    const place = placeIn(list.items.length, index, "A list");
    list.version++;
    list.items[place] = value;
  },
  snapshot: ({ items, version }) => [version, items],
  arrange(list, { args }) {
    const [version, places] = args as [number, number[]];
    if (version !== list.version) return false;
    list.version++;
    list.items = places.map((place) => list.items[place]);
    return true;
  },
};

export class ServedDict extends Served {
  override readonly kind = "dict";
  override readonly methods: Methods<ServedDict> = DICT_METHODS;
  readonly map: Map<unknown, unknown>;

  constructor(entries: readonly (readonly [unknown, unknown])[]) {
    super();
    this.map = new Map(entries);
  }
}

const DICT_METHODS: Methods<ServedDict> = {
  size: ({ map }) => map.size,
  get: ({ map }, { args }) => map.get(args[0]),
  has: ({ map }, { args }) => map.has(args[0]),
  update({ map }, { args }) {
    for (const [key, value] of args[0] as readonly [unknown, unknown][]) map.set(key, value);
  },
  setDefault({ map }, { args: [key, value] }) {
    if (!map.has(key)) map.set(key, value);
    return map.get(key);
  },
  delete: ({ map }, { args }) => map.delete(args[0]),
  pop({ map }, { args: [key] }) {
    const value = map.get(key);
    map.delete(key);
    return value;
  },
  clear: ({ map }) => map.clear(),
  keys: ({ map }) => [...map.keys()],
  values: ({ map }) => [...map.values()],
  entries: ({ map }) => [...map],
};

export class ServedNamespace extends Served {
  override readonly kind = "namespace";
  override readonly methods: Methods<ServedNamespace> = NAMESPACE_METHODS;
  readonly attributes: Map<string, unknown>;

  constructor(attributes: object) {
    super();
    this.attributes = new Map(Object.entries(attributes));
  }
}

const NAMESPACE_METHODS: Methods<ServedNamespace> = {
  get: ({ attributes }, { args }) => attributes.get(args[0] as string),
  has: ({ attributes }, { args }) => attributes.has(args[0] as string),
  set: ({ attributes }, { args }) => void attributes.set(args[0] as string, args[1]),
  delete: ({ attributes }, { args }) => attributes.delete(args[0] as string),
  keys: ({ attributes }) => [...attributes.keys()],
};

type Elements = Record<number, number | bigint> & Iterable<number | bigint> & { readonly length: number };

/** Numbers of one type, which wrap around as in C; a value is an array of one, a boolean one of a byte. */
export class ServedArray extends Served {
  override readonly kind: "array" | "value";
  override readonly methods: Methods<ServedArray> = ARRAY_METHODS;
  readonly isBoolean: boolean;
  readonly elements: Elements;

  constructor(kind: "array" | "value", type: ValueType, lengthOrValues: number | readonly (number | bigint)[]) {
    super();
    this.kind = kind;
    this.isBoolean = type === "bool";
    const view = VIEWS[type === "bool" ? "u8" : (type satisfies ElementType)];
    this.elements = new view(lengthOrValues as never) as unknown as Elements;
  }
}

const ARRAY_METHODS: Methods<ServedArray> = {
  length: ({ elements }) => elements.length,
  slice: ({ elements }, { args }) => [...elements].slice(...(args as [number?, number?])),
  get({ elements, isBoolean }, { args }) {
    const element = elements[placeIn(elements.length, args[0] as number, "An array")];
    return isBoolean ? element !== 0 : element;
  },
  set({ elements, isBoolean }, { args }) {
    const [index, value] = args as [number, number | bigint | boolean];
    elements[placeIn(elements.length, index, "An array")] = isBoolean ? Number(value) : (value as number);
  },
  add({ elements, isBoolean }, { args }) {
    if (isBoolean) throw new TypeError("A value of type bool cannot be added to.");
    const [index, amount] = args as [number, number];
    const place = placeIn(elements.length, index, "An array");
    const before = elements[place] as number;
    elements[place] = before + amount;
    return before;
  },
};
