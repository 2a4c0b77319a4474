import { nameOf } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { Label, Named, Snapshot, ThreadNow } from "../../shared/snapshot.js";

/** What ids stand for: everything that was ever named. */
export class Words {
  readonly #objects = new Map<number, Named>();
  readonly #labels = new Map<number, string>();
  #threads = new Map<number, ThreadNow>();
  #version = 0;

  /** Rises whenever something may be called otherwise than before. */
  get version(): number {
    return this.#version;
  }

  learnObjects(objects: readonly Named[]): void {
    for (const object of objects) this.#objects.set(object.id, object);
    this.#version++;
  }

  learnLabels(labels: readonly Label[]): void {
    for (const { id, text } of labels) this.#labels.set(id, shown(text));
    this.#version++;
  }

  learnThreads({ threads }: Snapshot): void {
    if (threads.some(({ id, name }) => this.#threads.get(id)?.name !== name)) this.#version++;
    this.#threads = new Map(threads.map((thread) => [thread.id, thread]));
  }

  /** Undefined for 0 too, which in runs of pixels is none or several, although a sleep is called that in waits. */
  object(id: number): Named | undefined {
    return id === 0 ? undefined : this.#objects.get(id);
  }

  objectName(id: number): string {
    const object = this.#objects.get(id);
    return object === undefined ? `object #${id}` : nameOf(object);
  }

  /** What a task is called; empty for 0, and where it has no name. */
  label(id: number): string {
    return this.#labels.get(id) ?? "";
  }

  thread(id: number): ThreadNow | undefined {
    return this.#threads.get(id);
  }

  threadName(id: number): string {
    return threadName(this.#threads.get(id) ?? { id, name: "" });
  }
}

export function threadName({ id, name }: { readonly id: number; readonly name: string }): string {
  return name === "" ? `thread #${id}` : shown(name);
}

/** The same beside a lane, where there is little room. */
export function laneName(thread: ThreadNow): string {
  const { id, pid } = thread.process;
  return id === 1 ? threadName(thread) : threadName(thread).replace(` of process ${pid}`, ` · ${pid}`);
}
