import { Worker } from "node:worker_threads";
import { type Frame, type Lane, RUN, RUN_WORDS } from "../../client/shared/frame.js";
import type { Answer, Description, Instruction, Question, Status } from "../../client/shared/messages.js";
import type { Snapshot } from "../../client/shared/snapshot.js";
import { repositoryRoot } from "./repository.js";

type AnswerOf<T extends Answer["type"]> = Extract<Answer, { readonly type: T }>;

/** The built timeline worker, as the extension host starts it. */
export class TimelineWorker {
  readonly #worker = new Worker(new URL("dist/timeline.cjs", repositoryRoot));
  /** All that was said since the start. */
  readonly said: Answer[] = [];
  readonly #listeners = new Set<() => void>();
  #failure: Error | undefined;
  #request = 0;

  constructor(file: string) {
    this.#worker.on("message", (answer: Answer) => {
      this.said.push(answer);
      for (const listener of this.#listeners) listener();
    });
    this.#worker.on("error", (error) => {
      this.#failure = error;
      for (const listener of this.#listeners) listener();
    });
    this.tell({ type: "read", file });
  }

  /** Calls back whenever something was said. */
  listen(heard: () => void): void {
    this.#listeners.add(heard);
  }

  tell(message: Instruction | Question): void {
    this.#worker.postMessage(message);
  }

  /** The first answer of a type that fits, of all that come, after as many answers as given. */
  async answer<T extends Answer["type"]>(
    type: T,
    fits: (answer: AnswerOf<T>) => boolean = () => true,
    { after = 0, deadline = 30_000 }: { after?: number; deadline?: number } = {},
  ): Promise<AnswerOf<T>> {
    const isIt = (answer: Answer): answer is AnswerOf<T> => answer.type === type && fits(answer as AnswerOf<T>);
    let next = after;
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        settle();
      };
      const look = (): void => {
        const failure = this.#failure;
        if (failure !== undefined) finish(() => reject(failure));
        for (; next < this.said.length; next++) {
          const answer = this.said[next]!;
          if (!isIt(answer)) continue;
          finish(() => resolve(answer));
          return;
        }
      };
      const timer = setTimeout(() => {
        const last = JSON.stringify(this.said.filter((each) => each.type === type).at(-1));
        finish(() => reject(new Error(`No ${type} that fits in ${deadline} ms; the last is ${last}`)));
      }, deadline);
      this.#listeners.add(look);
      look();
    });
  }

  async status(fits: (status: Status) => boolean, options?: { after?: number }): Promise<Status> {
    return (await this.answer("status", ({ status }) => fits(status), options)).status;
  }

  async snapshot(fits: (snapshot: Snapshot) => boolean, options?: { after?: number }): Promise<Snapshot> {
    return (await this.answer("snapshot", ({ snapshot }) => fits(snapshot), options)).snapshot;
  }

  /** Of all threads, or of some. */
  async frame(from: number, to: number, columns: number, threads?: readonly number[]): Promise<Frame> {
    const request = ++this.#request;
    this.tell({ type: "view", request, from, to, columns, threads });
    return (await this.answer("frame", ({ frame }) => frame.request === request)).frame;
  }

  async description(thread: number, time: number): Promise<Description> {
    const request = ++this.#request;
    this.tell({ type: "describe", request, thread, time });
    return (await this.answer("description", ({ description }) => description.request === request)).description;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

export interface Pixel {
  readonly most: number;
  readonly worst: number;
  readonly object: number;
  readonly other: number;
}

/** Every pixel of a track. */
export function pixels(track: Lane["activity"], columns: number): readonly Pixel[] {
  const row: Pixel[] = [];
  for (let at = 0; at < track.length; at += RUN_WORDS) {
    const [most = 0, worst = 0, object = 0, other = 0] = track.subarray(at + RUN.most, at + RUN_WORDS);
    const end = track[at + RUN_WORDS + RUN.column] ?? columns;
    while (row.length < end) row.push({ most, worst, object, other });
  }
  return row;
}
