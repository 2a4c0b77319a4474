import { posix } from "node:path";
import {
  type ClassModel,
  classShape,
  type Effect,
  effectShapes,
  type LibraryModel,
  modelParts,
  type Property,
  type Shape,
  toldWords,
} from "./model/catalogue/index.js";
import { nearest } from "./nearest.js";
import {
  described,
  JsonError,
  type LocatedJson,
  type LocatedMember,
  locateJson,
  placesIn,
} from "./source/located-json.js";
import { readText } from "./source/text.js";

/** A member's key: a name, or two with a point between them; symbols of the language stand as `__@dispose`. */
const MEMBER = /^[\p{ID_Start}$_@#][\p{ID_Continue}$@-]*(?:\.[\p{ID_Start}$_@#][\p{ID_Continue}$@]*)?$/u;

/**
 * Reads a file that says what a library means. Blocks. `problems` has one line for each thing that is wrong: the file,
 * the place, the value, and what may have been meant; the model is then undefined, since half of it would say something
 * else than was meant.
 */
export function readModelFile(file: string): {
  readonly model: LibraryModel | undefined;
  readonly problems: readonly string[];
} {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    return { model: undefined, problems: [`${file}: cannot be read (${(error as Error).message})`] };
  }
  const reader = new ModelReader(file);
  const model = reader.read(text);
  const place = placesIn(text);
  const problems = reader.wrong.map(({ at, what }) => `${file}:${place(at)}: ${what}`);
  return { model: problems.length === 0 ? model : undefined, problems };
}

class ModelReader {
  readonly wrong: { readonly at: number; readonly what: string }[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string): LibraryModel | undefined {
    let root: LocatedJson;
    try {
      root = locateJson(text);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.#object(error.at, error.message);
      return undefined;
    }
    const parts = this.#members(root, "the model");
    if (!parts) return undefined;
    this.#refuseUnknown(parts, ["$schema", ...Object.keys(modelParts)], "part");
    return {
      module: this.#module(parts.get("module"), root.at),
      classes: this.#classes(parts.get("classes")),
      members: this.#effects(parts.get("members")),
    };
  }

  /** A file of the workspace is named from where the model file is. */
  #module(node: LocatedJson | undefined, at: number): string {
    const name = node?.value;
    if (typeof name !== "string" || name === "") {
      this.#object(
        node?.at ?? at,
        `"module" is ${node ? described(node.value) : "missing"}; name the module as it is imported`,
      );
      return "";
    }
    if (/^\.\.?\//.test(name)) return posix.resolve(posix.dirname(this.#file), name);
    return name.replace(/^node:/, "");
  }

  #classes(node: LocatedJson | undefined): Readonly<Record<string, ClassModel>> {
    const found: [string, ClassModel][] = [];
    for (const [name, member] of node ? (this.#members(node, '"classes"') ?? []) : []) {
      const read = this.#properties(member, classShape, `the class ${name}`);
      if (read) found.push([name, read as unknown as ClassModel]);
    }
    return Object.fromEntries(found);
  }

  #effects(node: LocatedJson | undefined): Readonly<Record<string, Effect>> {
    const found: [string, Effect][] = [];
    for (const [name, member] of node ? (this.#members(node, '"members"') ?? []) : []) {
      if (!MEMBER.test(name)) this.#object(member.nameAt, `"${name}" is no member; write "Class.member" or "function"`);
      const effect = this.#effect(member, name);
      if (effect) found.push([name, effect]);
    }
    return Object.fromEntries(found);
  }

  #effect(node: LocatedJson, of: string): Effect | undefined {
    const properties = this.#members(node, of);
    const kind = properties?.get("effect");
    if (!properties || kind === undefined) {
      if (properties) this.#object(node.at, `${of} has no "effect"; there are ${kinds.join(", ")}`);
      return undefined;
    }
    const known = kinds.find((each) => each === kind.value);
    if (known === undefined) {
      this.#unknown(kind.at, `effect of ${of}`, String(kind.value), kinds);
      return undefined;
    }
    const read = this.#properties(node, effectShapes[known].properties, of, ["effect"]);
    return read && ({ effect: known, ...read } as unknown as Effect);
  }

  #properties(
    node: LocatedJson,
    shape: Readonly<Record<string, Property>>,
    of: string,
    more: readonly string[] = [],
  ): Record<string, unknown> | undefined {
    const written = this.#members(node, of);
    if (!written) return undefined;
    this.#refuseUnknown(written, [...more, ...Object.keys(shape)], `property of ${of}`);
    const read: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(shape)) {
      const value = written.get(name);
      if (value) read[name] = this.#value(value, property.shape, `"${name}" of ${of}`);
      else if (property.isRequired) this.#object(node.at, `${of} has no "${name}": ${lowered(property.says)}`);
    }
    return read;
  }

  #value(node: LocatedJson, shape: Shape, what: string): unknown {
    const { value } = node;
    if (typeof shape === "object") {
      if (typeof value !== "string" || !shape.includes(value)) this.#mismatch(node, what, shape.join(", "));
      return value;
    }
    switch (shape) {
      case "yes":
        if (value !== true) this.#mismatch(node, what, "true, or leave it out");
        return value;
      case "boolean":
        if (typeof value !== "boolean") this.#mismatch(node, what, "true or false");
        return value;
      case "text":
        if (typeof value !== "string") this.#mismatch(node, what, "a text");
        return value;
      case "argument":
      case "place":
        if (!isPlace(value, shape)) this.#mismatch(node, what, "the number of an argument, the first being 0");
        return value;
      case "operand":
        return this.#operand(node, what);
      case "hearing":
        return this.#hearing(node, what);
    }
  }

  #operand(node: LocatedJson, what: string): unknown {
    const { value } = node;
    if (value === "this" || isPlace(value, "argument")) return value;
    if (!(value instanceof Map)) {
      this.#mismatch(node, what, '"this", the number of an argument, or { "argument": 0, "property": "name" }');
      return undefined;
    }
    return this.#properties(node, operandShape, what);
  }

  #hearing(node: LocatedJson, what: string): unknown {
    const parts = this.#properties(node, hearingShape, what, ["told"]);
    const told = parts && (node.value as ReadonlyMap<string, LocatedMember>).get("told");
    if (!told) {
      if (parts) this.#object(node.at, `${what} has no "told": what each event tells, by its name`);
      return undefined;
    }
    const events: Record<string, unknown> = {};
    for (const [name, event] of this.#members(told, `"told" of ${what}`) ?? []) {
      events[name] = this.#value(event, toldWords, `"${name}" of ${what}`);
    }
    return { ...parts, told: events };
  }

  #members(node: LocatedJson, what: string): ReadonlyMap<string, LocatedMember> | undefined {
    if (node.value instanceof Map) return node.value;
    this.#object(node.at, `${what} is ${described(node.value)}; write an object`);
    return undefined;
  }

  #refuseUnknown(written: ReadonlyMap<string, LocatedMember>, known: readonly string[], what: string): void {
    for (const [name, { nameAt }] of written) if (!known.includes(name)) this.#unknown(nameAt, what, name, known);
  }

  #unknown(at: number, what: string, written: string, known: readonly string[]): void {
    const meant = nearest(written, known);
    const hint = meant === undefined ? `there are ${known.join(", ")}` : `did you mean "${meant}"?`;
    this.#object(at, `unknown ${what}, "${written}"; ${hint}`);
  }

  #mismatch(node: LocatedJson, what: string, wanted: string): void {
    this.#object(node.at, `${what} is ${described(node.value)}; write ${wanted}`);
  }

  #object(at: number, what: string): void {
    this.wrong.push({ at, what });
  }
}

const kinds = Object.keys(effectShapes) as Effect["effect"][];

const operandShape: Readonly<Record<string, Property>> = {
  argument: { shape: "argument", isRequired: true, says: "The argument that has the property." },
  property: { shape: "text", isRequired: true, says: "The name of the property." },
};

const hearingShape: Readonly<Record<string, Property>> = {
  event: { shape: "argument", isRequired: true, says: "The argument that names the event." },
};

function isPlace(value: unknown, shape: "argument" | "place"): boolean {
  return Number.isInteger(value) && (shape === "place" || (value as number) >= 0);
}

function lowered(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, "")}`;
}
