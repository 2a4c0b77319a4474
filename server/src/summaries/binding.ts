import type { HeldLock } from "../facts/locksets.js";
import type { Chosen } from "../facts/order.js";
import { type Argument, type Channel, TRUTHY, UNKNOWN } from "../model/events.js";
import { extend, type Path, pathKey } from "../model/path.js";

/** What a callee's parameters and receiver stand for at one call. */
export interface Binding {
  /** By parameter root. */
  readonly args: ReadonlyMap<string, Argument>;
  readonly receiver: Path | undefined;
  /** What fields of objects made in the caller stand for. */
  readonly aliases: ReadonlyMap<string, Path>;
  /** Whether paths that start at the callee's own variables keep their meaning. */
  readonly sameThread: boolean;
}

/** The callee's path in the caller's terms; undefined where the caller cannot say. */
export function bind(path: Path, binding: Binding): Path | undefined {
  if (path.root === "this") return binding.receiver && append(binding.receiver, path, binding.aliases);
  const argument = binding.args.get(path.root);
  if (argument) {
    const { value, rest } = descend(argument, path.steps);
    return value.path && append(value.path, { ...path, steps: rest }, binding.aliases);
  }
  if (binding.sameThread || path.root.startsWith("named:")) return path;
  return undefined;
}

/** Follows steps into the members of a literal that was given. */
export function descend(argument: Argument, steps: readonly string[]): { value: Argument; rest: readonly string[] } {
  let value = argument;
  let rest = steps;
  while (rest.length > 0) {
    const member = value.members?.get(rest[0]!);
    if (!member) break;
    value = member;
    rest = rest.slice(1);
  }
  return { value, rest };
}

function append(base: Path, tail: Path, aliases: ReadonlyMap<string, Path>): Path | undefined {
  let path: Path | undefined = base;
  for (const step of tail.steps) {
    path = path && extend(path, step, tail.text);
    const alias: Path | undefined = path && aliases.get(pathKey(path));
    if (alias) path = { ...alias, text: tail.text };
  }
  return path && { ...path, text: tail.text };
}

/** Locks in the caller's terms; `lost` when one of them has none. */
export function bindLocks(held: readonly HeldLock[], binding: Binding): { held: HeldLock[]; lost: boolean } {
  const bound: HeldLock[] = [];
  let lost = false;
  for (const each of held) {
    const lock = bind(each.lock, binding);
    if (lock) bound.push({ ...each, lock });
    // Across threads a lock of the callee's own is known to be another one; within a thread it is merely unknown.
    else if (binding.sameThread || !isOwn(each.lock)) lost = true;
  }
  return { held: bound, lost };
}

/** Channels in the caller's terms; what the caller cannot name may be any of them. */
export function bindChannels(channels: readonly Channel[], binding: Binding): readonly Channel[] {
  return channels.length === 0 ? channels : channels.map((on) => on && bind(on, binding));
}

/** What a condition takes for false, as written. */
const FALSE_LIKE = new Set(["false", "null", "undefined", "0", "0n", '""', "''", "``"]);

/** What the caller knows of a choice: whether it holds, what it depends on in turn, or nothing. */
function judge(choice: Chosen, binding: Binding): boolean | Chosen | undefined {
  const argument = binding.args.get(choice.by.root);
  const { value, rest } = argument ? descend(argument, choice.by.steps) : { value: UNKNOWN, rest: [] };
  if (rest.length === 0 && value.literal !== undefined) {
    const holds = choice.value === TRUTHY ? !FALSE_LIKE.has(value.literal) : value.literal === choice.value;
    return holds === choice.is;
  }
  const by = bind(choice.by, binding);
  return by && { ...choice, by };
}

/** What is left to decide about the way to an event; undefined where nobody comes there. */
export interface Decisions {
  readonly chosen: readonly Chosen[];
  readonly assumed: readonly Chosen[];
  /** Whether an assumption can neither be confirmed nor told in the caller's terms. */
  readonly isOpen: boolean;
}

export function bindDecisions(
  { chosen, assumed }: Pick<Decisions, "chosen" | "assumed">,
  binding: Binding,
): Decisions | undefined {
  if (chosen.length === 0 && assumed.length === 0) return { chosen, assumed, isOpen: false };
  const known = chosen.map((choice) => judge(choice, binding));
  const needed = assumed.map((choice) => judge(choice, binding));
  if (known.includes(false) || needed.includes(false)) return undefined;
  return { chosen: known.filter(isChosen), assumed: needed.filter(isChosen), isOpen: needed.includes(undefined) };
}

function isChosen(verdict: boolean | Chosen | undefined): verdict is Chosen {
  return typeof verdict === "object";
}

function isOwn(path: Path): boolean {
  return /^(module|local|new):/.test(path.root);
}

/**
 * An argument of a spawn in the terms of the caller's caller. If it is there that several come to life, each has what
 * was made in the callee for itself.
 */
export function bindGiven(argument: Argument, binding: Binding, calleeId: string, isAlone: boolean): Argument {
  const bound = bindArgument(argument, binding);
  const { path, members } = argument;
  const isMadeThere = path !== undefined && /^(local|new):/.test(path.root) && path.root.includes(`:${calleeId}/`);
  return {
    ...bound,
    each: isAlone ? bound.each || isMadeThere : argument.each,
    members: members
      ? new Map([...members].map(([name, member]) => [name, bindGiven(member, binding, calleeId, isAlone)]))
      : bound.members,
  };
}

/** An argument in the terms of the caller's caller. */
export function bindArgument(argument: Argument, binding: Binding): Argument {
  const inner = argument.path && (argument.path.root === "this" ? undefined : binding.args.get(argument.path.root));
  const given = inner && argument.path ? descend(inner, argument.path.steps) : undefined;
  const members =
    argument.members && new Map([...argument.members].map(([name, member]) => [name, bindArgument(member, binding)]));
  return {
    path: argument.path && bind(argument.path, binding),
    crosses: argument.crosses === "unknown" && given?.rest.length === 0 ? given.value.crosses : argument.crosses,
    each: argument.each || given?.value.each === true,
    literal: argument.literal ?? (given?.rest.length === 0 ? given.value.literal : undefined),
    callback: argument.callback ?? (given?.rest.length === 0 ? given.value.callback : undefined),
    members: members ?? (given?.rest.length === 0 ? given.value.members : undefined),
  };
}
