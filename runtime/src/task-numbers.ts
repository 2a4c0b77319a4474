/**
 * Numbers for the functions and classes that messages name: an append-only list of records in the heap, each the texts
 * of a module's address and of a name in it. A record's block is its number, so that a message carries four bytes in
 * place of two texts. Two threads may number the same name at the same time; both numbers are good.
 */
import { allocateBlock, TASK_NAMES, words } from "./arena.js";
import type { TaskName } from "./task-name.js";
import { readText, writeText } from "./text.js";

/** Words of a record. */
const NEXT = 0;
const URL = 1;
const NAME = 2;
const RECORD_BYTES = 12;

/** Records never change, so what this isolate has read once stays true. */
const numbers = new Map<string, Map<string, number>>();
const names = new Map<number, TaskName>();
/** Messages mostly name the same task as the one before. */
let last: { readonly task: TaskName | undefined; readonly number: number } = { task: undefined, number: 0 };

export function taskNumber(task: TaskName): number {
  if (task === last.task) return last.number;
  const number = numbers.get(task.url)?.get(task.name) ?? findOrAdd(task);
  last = { task, number };
  return number;
}

/** What the number of a message stands for. */
export function taskOfNumber(number: number): TaskName {
  return names.get(number) ?? read(number);
}

function findOrAdd(task: TaskName): number {
  for (let record = Atomics.load(words, TASK_NAMES); record !== 0; record = words[record + NEXT] ?? 0) {
    if (!names.has(record)) read(record);
  }
  const found = numbers.get(task.url)?.get(task.name);
  if (found !== undefined) return found;
  const record = allocateBlock(RECORD_BYTES);
  words[record + URL] = writeText(task.url);
  words[record + NAME] = writeText(task.name);
  let head = Atomics.load(words, TASK_NAMES);
  for (;;) {
    words[record + NEXT] = head;
    const seen = Atomics.compareExchange(words, TASK_NAMES, head, record);
    if (seen === head) break;
    head = seen;
  }
  read(record);
  return record;
}

function read(record: number): TaskName {
  const task = { url: readText(words[record + URL] ?? 0), name: readText(words[record + NAME] ?? 0) };
  names.set(record, task);
  const ofModule = numbers.get(task.url) ?? new Map<string, number>();
  numbers.set(task.url, ofModule);
  ofModule.set(task.name, record);
  return task;
}
