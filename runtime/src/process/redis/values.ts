/** Values of Redis' objects: bytes to Redis, and what those that are equal have in common. */
import { SerializationError } from "../../errors.js";
import { priorityRank } from "./priority-rank.js";

/** How one client writes and reads them. */
export interface Codec {
  /** The value as bytes that only this library reads. @throws SerializationError */
  pack(value: unknown): Uint8Array<ArrayBuffer>;
  unpack(bytes: Uint8Array): unknown;
  /** Whether it is a proxy of an object in Redis. */
  isProxy(value: object): boolean;
}

/** What entries of a dict are in Redis: keys and values in turn. */
export function packedEntries(codec: Codec, entries: Iterable<readonly [unknown, unknown]>): Uint8Array[] {
  return [...entries].flatMap(([key, value]) => [codec.pack(keyOf(codec, key)), codec.pack(value)]);
}

/** The arguments of a method, with all values among them as bytes. */
export function packedArguments(
  codec: Codec,
  kind: string,
  method: string,
  args: readonly unknown[],
): readonly unknown[] {
  const pack = (value: unknown): Uint8Array => codec.pack(value);
  switch (`${kind} ${method}`) {
    case "list push":
    case "list unshift":
      return args.map(pack);
    case "list set":
      return [args[0], pack(args[1])];
    case "list splice":
      return [args[0], args[1], ...args.slice(2).map(pack)];
    case "list indexOf":
    case "list lastIndexOf":
      return args.slice(0, 1).map(pack);
    case "dict update":
      return packedEntries(codec, args[0] as [unknown, unknown][]);
    case "namespace set":
      return packedEntries(codec, [[args[0], args[1]]]);
    case "dict setDefault":
      return [pack(keyOf(codec, args[0])), pack(args[1])];
  }
  if (kind === "dict" || kind === "namespace") return args.map((key) => pack(keyOf(codec, key)));
  if (kind.startsWith("durable") && method === "put") return [pack(args[0]), args[1], rankOf(kind, args[0])];
  return args;
}

/** Answers of these are no values of the program's. */
const PLAIN: ReadonlySet<string> = new Set(["leased lock", "leased rlock", "value", "leased condition"]);

/** What Redis answers in the words of proxies: bytes become values again. */
export function openedAnswer(codec: Codec, kind: string, answer: unknown): unknown {
  if (PLAIN.has(kind)) return answer;
  const open = (each: unknown): unknown => {
    if (each instanceof Uint8Array) return codec.unpack(each);
    if (Array.isArray(each)) return each.map(open);
    return each === null ? undefined : each;
  };
  return open(answer);
}

/** Where the elements of a list go when they are sorted as an array sorts them: their places so far, in the new order. */
export function sortedPlaces(values: readonly unknown[]): readonly number[] {
  const placed = values.map((value, index) => ({ index, toString: () => String(value), value }));
  const isLast = ({ value }: { readonly value: unknown }): boolean => value === undefined;
  const sorted = [...placed.filter((each) => !isLast(each)).sort(), ...placed.filter(isLast)];
  return sorted.map(({ index }) => index);
}

/** A key in the form in which equal ones have the same bytes. @throws SerializationError it is neither a primitive nor a proxy */
function keyOf(codec: Codec, key: unknown): unknown {
  if (Object.is(key, -0)) return 0;
  const isObject = (typeof key === "object" && key !== null) || typeof key === "function";
  if (!isObject || codec.isProxy(key)) return key;
  throw new SerializationError("A key of a dict in Redis is a primitive or a proxy of Redis.");
}

function rankOf(kind: string, item: unknown): string | Uint8Array {
  if (kind === "durable lifo queue") return "last";
  return kind === "durable priority queue" ? priorityRank(item) : "";
}
