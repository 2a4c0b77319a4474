import { type Note, type StaleWrite, type TaskFacts, taskFacts, type Unrestored } from "../facts/gaps.js";
import type { FloatingWork } from "../model/floating-work.js";
import type { KeptIndex } from "../model/kept-indexes.js";
import { oncePer } from "../model/once-per.js";
import type { Restart } from "../model/restarts.js";
import type { OutsideCheck } from "../model/sections.js";
import type { State } from "../model/state.js";
import type { FileTasks, Handled, TaskModel, Writer } from "../model/task.js";

/** A stale write, and who else writes the state while the function waits. */
export interface Interleaving extends StaleWrite {
  readonly task: TaskModel;
  /** Another function that writes it, or a handler that looks at it; undefined where it is another call of the same one. */
  readonly other: Pick<Writer, "name" | "site"> | undefined;
  /** Whether somebody changes the objects in the container that an entry is written to. */
  readonly isChanged: boolean;
}

/** A flag or counter that stays as it is when what the function waits for fails. */
export interface LeftSet extends Unrestored {
  readonly task: TaskModel;
}

/** A note that one function leaves for who handles what it waits for, and that another one overwrites meanwhile. */
export interface OverwrittenNote extends Note {
  readonly task: TaskModel;
  readonly other: Note & { readonly task: TaskModel };
  /** Where the note is taken away, when what it is about has happened. */
  readonly taken: Writer;
}

/** What tasks of one thread do to each other where they wait. */
class Interleavings {
  readonly #facts: ReadonlyMap<string, TaskFacts>;
  readonly #writers = new Map<string, Writer[]>();
  readonly #handled: readonly Handled[];
  readonly #changed: ReadonlySet<string>;
  readonly #again: ReadonlySet<string>;

  /** Writes that rest on what was so before the function waited, with somebody who may have changed it. */
  readonly staleWrites: readonly Interleaving[];
  /**
   * Notes for which there is one place, although several functions leave one and then wait: whoever reads it finds the
   * last one, whatever happened. Only a note that somebody else takes away is one; other fields just hold what is so now.
   */
  readonly overwrittenNotes: readonly OverwrittenNote[];
  /** Flags and counters that somebody tests and that an exception leaves set. */
  readonly leftSet: readonly LeftSet[];
  /** Functions of which every event starts another endless chain of runs. */
  readonly restarts: readonly Restart[];
  /** Indices that come out of a record when elements may have moved. */
  readonly keptIndexes: readonly KeptIndex[];
  /** Tests before a lock that are not repeated under it. */
  readonly outsideChecks: readonly OutsideCheck[];
  /** Work that sections start without waiting for it. */
  readonly floatingWork: readonly FloatingWork[];

  constructor({ tasks, writers, handled, restarts, keptIndexes, outsideChecks, floatingWork, changed }: FileTasks) {
    this.#handled = handled;
    this.#changed = changed;
    this.outsideChecks = outsideChecks;
    this.floatingWork = floatingWork;
    this.restarts = restarts;
    this.keptIndexes = keptIndexes;
    this.#facts = new Map(tasks.map((model) => [model.id, taskFacts(model)]));
    for (const writer of writers) {
      const known = this.#writers.get(writer.state.key);
      if (known) known.push(writer);
      else this.#writers.set(writer.state.key, [writer]);
    }
    this.#again = callableAgain([...this.#facts.values()]);
    this.staleWrites = this.#findStaleWrites();
    this.overwrittenNotes = this.#findOverwrittenNotes();
    this.leftSet = this.#findLeftSet();
  }

  #findStaleWrites(): readonly Interleaving[] {
    return [...this.#facts.values()].flatMap(({ model, staleWrites }) =>
      staleWrites.flatMap((stale) => this.#contest(stale, model)),
    );
  }

  #contest(stale: StaleWrite, task: TaskModel): readonly Interleaving[] {
    const { captured, taken } = stale.state;
    const isAgain = captured ? task.callers === "anyone" : this.#again.has(task.id);
    const isChanged = this.#changed.has(stale.state.container ?? "");
    if (!taken && isAgain) return [{ ...stale, task, other: undefined, isChanged }];
    const other = stale.state.taken
      ? this.#handlerOf(stale.state, task)
      : stale.by === "update" && this.#otherWriter(stale, task);
    return other ? [{ ...stale, task, other, isChanged }] : [];
  }

  /** Of an object that is handed around, two calls at once need not mean the same one, but a handler is there for all. */
  #handlerOf({ text }: State, { site }: TaskModel): Handled | undefined {
    const member = text.slice(text.lastIndexOf(".") + 1);
    return this.#handled.find(
      (each) => each.member === member && (each.site.start < site.start || each.site.end > site.end),
    );
  }

  #otherWriter({ state }: StaleWrite, task: TaskModel): Writer | undefined {
    return this.#writers.get(state.key)?.find((writer) => writer.task !== task.id && this.#again.has(writer.task));
  }

  #findOverwrittenNotes(): readonly OverwrittenNote[] {
    const found = new Map<string, (Note & { readonly task: TaskModel })[]>();
    for (const { model, notes } of this.#facts.values()) {
      if (!this.#again.has(model.id)) continue;
      for (const note of notes) {
        const known = found.get(note.put.state.key) ?? [];
        if (!known.some(({ task }) => task === model))
          found.set(note.put.state.key, [...known, { ...note, task: model }]);
      }
    }
    return [...found].flatMap(([key, [first, second]]) => {
      const taken = first && second && this.#takerOf(key, found.get(key) ?? []);
      return taken ? [{ ...first, other: second, taken }] : [];
    });
  }

  #takerOf(key: string, notes: readonly { readonly task: TaskModel }[]): Writer | undefined {
    const writers = this.#writers.get(key) ?? [];
    const isNoting = (writer: Writer): boolean => notes.some(({ task }) => task.id === writer.task);
    if (writers.some((writer) => writer.gives === "nothing" && isNoting(writer))) return undefined;
    const isRead = [...this.#facts.values()].some(
      ({ model, looked }) => looked.has(key) && !notes.some(({ task }) => task === model),
    );
    return isRead ? writers.find((writer) => writer.gives === "nothing") : undefined;
  }

  #findLeftSet(): readonly LeftSet[] {
    const facts = [...this.#facts.values()];
    const tested = new Set(facts.flatMap((each) => [...each.tested]));
    return facts.flatMap(({ model, unrestored }) =>
      unrestored.filter(({ state }) => tested.has(state.key)).map((each) => ({ ...each, task: model })),
    );
  }
}

export type { Interleavings };

/** What the tasks of one file do to each other. */
export const interleavingsOf = oncePer((tasks: FileTasks): Interleavings => new Interleavings(tasks));

/** The tasks that may begin again while an earlier call waits, and nothing keeps the second one out. */
function callableAgain(facts: readonly TaskFacts[]): ReadonlySet<string> {
  const again = new Set(facts.flatMap(({ model }) => (model.callers === "anyone" ? [model.id] : [])));
  const inside = new Set(facts.flatMap(({ model }) => (model.callers === "file" ? [model.id] : [])));
  for (let grew = true; grew; ) {
    grew = false;
    for (const { model, runs } of facts) {
      if (!again.has(model.id)) continue;
      for (const { task, isGuarded } of runs) {
        if (isGuarded || again.has(task) || !inside.has(task)) continue;
        again.add(task);
        grew = true;
      }
    }
  }
  return again;
}
