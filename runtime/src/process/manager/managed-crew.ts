/** The workers of a pool in a manager's server, as the client has them: by a line of the pool's own, which ends with it. */
import { ConnectionClosedError } from "../../errors.js";
import type { Crew, CrewPlan, Delivered } from "../../pool-dispatch.js";
import type { PoolResult, PoolTask } from "../../task-run.js";
import type { Line } from "../line.js";
import { decodeFromProcess, encodeForProcess } from "../process-codec.js";
import { decodeFor, encodeFor, type Side } from "./managed.js";
import { lineTo, type ManagerClient } from "./manager-client.js";
import { ANSWERS, type Answer, ASKS, CALL_OFFSET, MANAGER, readAnswer, requestOf } from "./manager-messages.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

/** The object of the pool, as the server names it. */
interface HiredPool {
  readonly object: number;
}

export class ManagedCrew implements Crew<never> {
  readonly at = 0;
  readonly signal: number;
  readonly size: number;
  readonly name: string;
  readonly #line: Line;
  readonly #side: Side;
  readonly #pool: number;
  /** Tasks without a result so far, by the numbers of their calls, which are their tickets. */
  readonly #left = new Set<number>();
  readonly #delivered: Delivered[] = [];
  /** To what is no task. */
  readonly #answers = new Map<number, Answer>();
  /** Calls that are answered when the workers have ended. */
  readonly #ends = new Set<number>();
  #calls = 0;
  #isOver = false;

  /**
   * Blocks until the workers have started. `size`: undefined for one per core of the server.
   * @throws SerializationError what the workers begin with cannot travel
   * @throws ConnectionClosedError the server has ended
   */
  constructor(client: ManagerClient, size: number | undefined, name: string, plan: CrewPlan) {
    this.name = name;
    this.#side = {
      isStrange: false,
      depart: (value) => client.depart(value),
      arrive: (token, isStrange) =>
        "own" in token && token.kind === "pool"
          ? ({ object: token.own } satisfies HiredPool)
          : client.arrive(token, isStrange),
    };
    const { address, key, tls } = client.place;
    // Before there is a line: what cannot travel leaves none behind.
    const wish = encodeFor(this.#side, ["pool", { size, name, plan }, { address, key, tls }], CALL_OFFSET);
    this.#line = lineTo(client.place);
    this.signal = this.#line.signal;
    try {
      const [hired, workers] = this.#ask(MANAGER, wish) as [HiredPool, number];
      this.#pool = hired.object;
      this.size = workers;
    } catch (error) {
      this.#line.close();
      throw error;
    }
  }

  /** The server sees to that, as long as it is there. */
  startWorker(): void {
    if (this.#isOver) throw gone();
  }

  /** Nobody is told who of them ends: as long as there is something to wait for, there may be some. */
  get workers(): number {
    return this.#isOver && this.#delivered.length === 0 ? 0 : this.size;
  }

  ended(): readonly never[] {
    return [];
  }

  bury(): undefined {
    return undefined;
  }

  send(work: PoolTask): number {
    const packed = encodeForProcess(work);
    const ticket = this.#next();
    this.#call(ticket, this.#pool, encodeFor(this.#side, ["run", ticket, packed], CALL_OFFSET));
    this.#left.add(ticket);
    return ticket;
  }

  withdraw(ticket: number): boolean {
    if (!this.#left.has(ticket) || this.#isOver) return false;
    return this.#ask(this.#pool, encodeFor(this.#side, ["withdraw", ticket], CALL_OFFSET)) === true;
  }

  receive(): Delivered | undefined {
    this.#take();
    return this.#delivered.shift();
  }

  get waitingTasks(): number {
    return this.#left.size;
  }

  close(): void {
    this.#end("close");
  }

  terminateWorkers(): void {
    this.#end("terminate");
  }

  dropTasks(): void {
    this.#left.clear();
    this.#delivered.length = 0;
  }

  // The helper always wakes, and the word stays until the line is closed.
  expect(): void {}
  expectNoMore(): void {}
  hold(): () => void {
    return () => {};
  }

  free(): void {
    this.#line.close();
  }

  #end(how: "close" | "terminate"): void {
    if (this.#isOver || this.#line.isGone) return;
    const number = this.#next();
    this.#ends.add(number);
    this.#call(number, this.#pool, encodeFor(this.#side, [how], CALL_OFFSET));
  }

  /** Calls a method, and blocks until it is answered. Throws what it throws. */
  #ask(object: number, call: Uint8Array<ArrayBuffer>): unknown {
    const number = this.#next();
    this.#call(number, object, call);
    this.#line.wait(FOR_EVER, () => {
      this.#take();
      return this.#isOver || this.#answers.has(number);
    });
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw gone();
    const value = decodeFor(this.#side, answer.content);
    if (answer.status === ANSWERS.error) throw value;
    return value;
  }

  #next(): number {
    this.#calls = (this.#calls + 1) >>> 0;
    return this.#calls;
  }

  #call(number: number, object: number, call: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver || this.#line.isGone) throw gone();
    this.#line.send(requestOf(number, ASKS.call, object, call));
  }

  /** Takes what has arrived. */
  #take(): void {
    const line = this.#line;
    while (!this.#isOver && line.hasNews()) {
      const message = line.peek();
      if (message === undefined) return this.#lose();
      line.shift();
      this.#hear(readAnswer(message));
    }
  }

  #hear(answer: Answer): void {
    const { number } = answer;
    if (this.#ends.delete(number)) this.#isOver = true;
    else if (this.#left.delete(number)) this.#delivered.push({ ticket: number, outcome: this.#outcomeOf(answer) });
    else this.#answers.set(number, answer);
  }

  /** What was not answered never will be. */
  #lose(): void {
    this.#isOver = true;
    for (const ticket of this.#left) this.#delivered.push({ ticket, outcome: { error: gone() } });
    this.#left.clear();
  }

  #outcomeOf({ status, content }: Answer): PoolResult {
    try {
      const value = decodeFor(this.#side, content);
      // What came of a task was packed where it was done; else none came of it.
      return status === ANSWERS.error ? { error: value } : (decodeFromProcess(value as Uint8Array) as PoolResult);
    } catch (error) {
      return { error };
    }
  }
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The manager's server has ended.");
}
