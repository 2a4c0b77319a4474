import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "../nearest.js";

/** The user asked for something that is not there. The message is one line that says what to do instead. */
export class UsageError extends Error {}

interface Option {
  /** The name of the value in the help, such as `n`; options without one are switches. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** One letter that stands for the name. */
  readonly short?: string;
  readonly text: string;
}

export interface Command {
  readonly name: string;
  /** What follows the name on the usage line. */
  readonly operands: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What the help of the command says below its options. */
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What follows the first operand, or `--`, belongs to another program. */
  readonly takesRest?: boolean;
  /** Resolves to the exit code. */
  run(args: Arguments): Promise<number>;
}

/** What was given on the command line, known to fit the options of the command. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#values = values;
  }

  has(option: string): boolean {
    return this.#values.has(option);
  }

  /** The last value given. */
  value(option: string): string | undefined {
    return this.#values.get(option)?.at(-1);
  }

  values(option: string): readonly string[] {
    return this.#values.get(option) ?? [];
  }
}

/** Every command understands these two. */
const everywhere: Readonly<Record<string, Option>> = {
  help: { text: "show this help" },
  version: { text: "show the version" },
};

/** Reads the arguments of a command. Throws `UsageError`. */
export function readArguments(
  args: readonly string[],
  command: Pick<Command, "name" | "options" | "takesRest">,
): Arguments {
  const options = { ...command.options, ...everywhere };
  const own = ownArguments(args, command);
  const { tokens, positionals } = parse(own, options);
  positionals.push(...args.slice(own.length));
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, Object.keys(options), command.name);
    if (option.value === undefined && token.value !== undefined) {
      throw new UsageError(`option ${token.rawName} takes no value`);
    }
    // A value that begins with a dash must be written `--option=-value`: else it is the next option, and one is missing.
    if (option.value !== undefined && !token.inlineValue && token.value?.startsWith("-")) {
      const form = `${token.rawName}=${token.value}`;
      throw new UsageError(
        `option ${token.rawName} needs a value, and ${token.value} looks like an option; write ${form}`,
      );
    }
    if (option.value !== undefined && !token.value) {
      throw new UsageError(`option ${token.rawName} needs a value: ${token.rawName} <${option.value}>`);
    }
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ""]);
  }
  return new Arguments(positionals, values);
}

/** The arguments that are the command's own: all of them, unless another program gets the rest. */
export function ownArguments(
  args: readonly string[],
  command: Pick<Command, "options" | "takesRest">,
): readonly string[] {
  if (command.takesRest !== true) return args;
  const { tokens } = parse(args, { ...command.options, ...everywhere });
  const first = tokens.find(({ kind }) => kind !== "option");
  if (first === undefined) return args;
  return args.slice(0, first.kind === "positional" ? first.index : first.index + 1);
}

/** Not strict: the errors of `parseArgs` neither suggest a name nor fit on one line. */
function parse(args: readonly string[], options: Readonly<Record<string, Option>>) {
  const config: NonNullable<ParseArgsConfig["options"]> = { help: { type: "boolean", short: "h" } };
  for (const [name, { value, multiple = false, short }] of Object.entries(options)) {
    const type = value === undefined ? "boolean" : "string";
    config[name] ??= { type, multiple, ...(short === undefined ? {} : { short }) };
  }
  return parseArgs({ args: [...args], options: config, strict: false, tokens: true });
}

function unknownOption(written: string, known: readonly string[], command: string): UsageError {
  const name = nearest(written.replace(/^-+/, ""), known);
  const hint = name === undefined ? `heddle ${command} --help lists the options` : `did you mean --${name}?`;
  return new UsageError(`unknown option ${written}; ${hint}`);
}

/** A value that must be one of a few. Throws `UsageError`. */
export function oneOf<Name extends string>(what: string, written: string, known: readonly Name[]): Name {
  if (written === "") throw new UsageError(`the ${what} is missing; there are ${known.join(", ")}`);
  const exact = known.find((name) => name === written);
  if (exact !== undefined) return exact;
  const name = nearest(written, known);
  // A list of all rules would be no line any more.
  const others = what === "rule" ? "heddle rules lists them" : `there are ${known.join(", ")}`;
  const hint = name === undefined ? others : `did you mean ${name}?`;
  throw new UsageError(`unknown ${what} ${written}; ${hint}`);
}

export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...everywhere }).map(([name, { value, text, short }]) => {
    const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
    return [value === undefined ? names : `${names} <${value}>`, text] as const;
  });
  const parts = [
    `Usage: heddle ${command.name} [options] ${command.operands}`.trimEnd(),
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    `Options:\n${columns(options)}`,
  ];
  if (command.details !== undefined) parts.push(command.details);
  return `${parts.join("\n\n")}\n`;
}

export function helpOfAll(commands: readonly Command[]): string {
  const list = columns(commands.map((command) => [`${command.name} ${command.operands}`.trimEnd(), command.summary]));
  return [
    "Usage: heddle <command> [options]",
    "Finds concurrency defects in TypeScript and JavaScript.",
    `Commands:\n${list}`,
    `Options:\n${columns(Object.entries(everywhere).map(([name, { text }]) => [`--${name}`, text]))}`,
    "heddle <command> --help says more about a command.\n",
  ].join("\n\n");
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
