/** An instance of a program's own class in a manager's server. */
import { type Methods, Served } from "./served.js";

type Instance = Readonly<Record<string, unknown>>;

export class ServedInstance extends Served {
  override readonly kind = "object";
  override readonly methods: Methods<ServedInstance> = INSTANCE_METHODS;
  readonly #instance: Instance;
  /** The methods that clients may call; undefined: all that do not begin with `_`. */
  readonly #exposed: readonly string[] | undefined;

  constructor(instance: object, exposed: readonly string[] | undefined) {
    super();
    this.#instance = instance as Instance;
    this.#exposed = exposed;
  }

  /** @throws TypeError clients may call no such method */
  run(method: string, args: readonly unknown[]): unknown {
    const run = this.#isExposed(method) ? this.#instance[method] : undefined;
    if (typeof run === "function") return run.apply(this.#instance, args);
    throw new TypeError(`A ${this.#instance.constructor.name} has no method ${method} that clients may call.`);
  }

  #isExposed(method: string): boolean {
    if (this.#exposed !== undefined) return this.#exposed.includes(method);
    return !method.startsWith("_") && !(method in Object.prototype);
  }
}

const INSTANCE_METHODS: Methods<ServedInstance> = {
  call(instance, { args: [method, ...args] }) {
    return instance.run(method as string, args);
  },
};
