import { host } from "#host";
import { SerializationError } from "./errors.js";
import { isolate } from "./isolate.js";
import type { Registered, TaskName } from "./task-name.js";

/** A module's address as a URL object. */
export interface ModuleUrl {
  /** The absolute URL. */
  readonly href: string;
}

/** What a module may register: functions, and classes whose instances travel. */
export type Tasks = Readonly<Record<string, ((...args: never[]) => unknown) | (new (...args: never[]) => object)>>;

/**
 * Registers functions and classes of a module, so that other threads can find them by loading the same module. Call it
 * once at module level with `import.meta.url` (or `__filename`).
 * @see Python has none; functions are sent by their names there.
 */
export function tasks(url: string | ModuleUrl, registered: Tasks): void {
  const href = moduleUrl(url, "tasks");
  const ofModule = isolate.tasks.get(href) ?? new Map<string, Registered>();
  isolate.tasks.set(href, ofModule);
  for (const [name, value] of Object.entries(registered)) {
    if (typeof value !== "function") throw new TypeError(`tasks: "${name}" is neither a function nor a class.`);
    ofModule.set(name, value as Registered);
    if (!isolate.taskNames.has(value as Registered)) isolate.taskNames.set(value as Registered, { url: href, name });
  }
}

/** A module's address as an absolute URL. */
export function moduleUrl(url: string | ModuleUrl | undefined, caller: string): string {
  if (url === undefined || url === "") {
    throw new TypeError(
      `${caller}: the module's address is missing. Pass import.meta.url, or __filename in CommonJS; a bundler that ` +
        "emits CommonJS replaces import.meta.url by undefined.",
    );
  }
  const text = typeof url === "string" ? url : url.href;
  return /^[a-z][a-z+.-]+:/i.test(text) ? text : host.absoluteUrl(text);
}

/** Where a function or class can be found by other threads; undefined when it was not registered. */
export function taskNameOf(value: unknown): TaskName | undefined {
  return isolate.taskNames.get(value as Registered);
}

const OPTIONS: ReadonlySet<string> = new Set(["target", "initializer"]);

/** Whether its source begins with its name, as in `function target()`. */
function isDeclared(value: { readonly name: string }): boolean {
  return /^(async\s+)?(function|class)\b[\s*]*[\w$]/.test(String(value));
}

/** The error for a function or class that was not registered, with the line that is missing. */
export function unregistered(value: { readonly name: string }, what: "function" | "class"): SerializationError {
  // A function that is written where an option is given has that one's name, by which nobody can register it.
  const name = OPTIONS.has(value.name) && !isDeclared(value) ? "" : value.name;
  return new SerializationError(
    name === ""
      ? `An anonymous ${what} cannot go to another thread. Give it a name at module level and register it there: ` +
          "tasks(import.meta.url, { name });"
      : `The ${what} ${name} is not registered, so another thread cannot find it. Add to the module that declares it: ` +
          `tasks(import.meta.url, { ${name} });`,
  );
}

/** The function or class of that name in this isolate, if its module is loaded. */
export function registeredAs({ url, name }: TaskName): Registered | undefined {
  return isolate.tasks.get(url)?.get(name);
}
