/** Puts a value in the place of another, which is described as before. */
export function replace<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): void {
  Object.defineProperty(object, key, { ...Object.getOwnPropertyDescriptor(object, key), value });
}

/** What is called like the other, and says that it takes as many arguments. */
export function named<T extends (...args: never[]) => unknown>(fn: T, like: (...args: never[]) => unknown): T {
  for (const key of ["name", "length"] as const) {
    Object.defineProperty(fn, key, { value: like[key], configurable: true });
  }
  return fn;
}
