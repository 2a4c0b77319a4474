/** A pool in a manager's server: processes of the server, with tasks and results that only they and the client can read. */
import { host } from "#host";
import { StateError } from "../../errors.js";
import { type CrewPlan, PoolDispatch } from "../../pool-dispatch.js";
import { type CrewWay, ProcessCrew } from "../process-crew.js";
import { type Abandonable, type Call, LATER, type Methods, Served } from "./served.js";

/** What a client says of the pool that it wants. */
export interface PoolWish {
  /** Undefined: one worker per core of the server. */
  readonly size: number | undefined;
  readonly name: string;
  readonly plan: CrewPlan;
}

/** A task as it came, which goes on to a worker. */
type Packed = Uint8Array;

export class ServedPool extends Served implements Abandonable {
  override readonly kind = "pool";
  override readonly methods: Methods<ServedPool> = POOL_METHODS;
  readonly size: number;
  readonly #dispatch: PoolDispatch<Packed>;
  /** Of tasks without a result so far, by the tickets that the client gave them. */
  readonly #tickets = new Map<number, number>();

  /** Starts the workers. `start` starts one of them. @throws Error the system starts no process */
  constructor({ size = host.cores(), name, plan }: PoolWish, start: CrewWay<Packed>["start"]) {
    super();
    this.size = size;
    this.#dispatch = new PoolDispatch(new ProcessCrew(size, name, plan, { ...THROUGH, start }));
  }

  run(call: Call): typeof LATER {
    const [ticket, work] = call.args as [number, Packed];
    const own = this.#dispatch.submit(work, (outcome) => {
      this.#tickets.delete(ticket);
      if ("error" in outcome) call.fail(outcome.error);
      else call.answer(outcome.value);
    });
    this.#tickets.set(ticket, own);
    return LATER;
  }

  /** False: a worker has begun it. */
  withdraw(ticket: number): boolean {
    const own = this.#tickets.get(ticket);
    return own !== undefined && this.#dispatch.withdraw(own, new StateError("The task was taken back."));
  }

  /** Resolves when all is done and the workers have ended. */
  close(): Promise<void> {
    this.#dispatch.close();
    return this.#dispatch.joinAsync();
  }

  /** Resolves when the workers have ended. */
  terminate(): Promise<void> {
    this.#dispatch.terminate();
    return this.#dispatch.joinAsync();
  }

  abandon(): void {
    this.#dispatch.terminate();
  }
}

const THROUGH: Omit<CrewWay<Packed>, "start"> = {
  encode(work, before) {
    const message = new Uint8Array(before + work.length);
    message.set(work, before);
    return message;
  },
  decode: (result) => ({ value: result }),
};

const POOL_METHODS: Methods<ServedPool> = {
  run: (pool, call) => pool.run(call),
  withdraw: (pool, { args: [ticket] }) => pool.withdraw(ticket as number),
  close: (pool) => pool.close(),
  terminate: (pool) => pool.terminate(),
};
