/** How long an answer may take before its question is taken for lost. Milliseconds. */
const PATIENCE = 2_000;

/**
 * Keeps one question under way at a time. Of those that come up meanwhile only the newest is asked, when the answer is
 * there: what was asked for before it is of no interest any more.
 */
export class QuestionQueue<Q> {
  readonly #send: (question: Q, request: number) => void;
  readonly #newRequest: () => number;
  #underWay: { readonly request: number; readonly since: number } | undefined;
  #next: { readonly question: Q } | undefined;

  /** `newRequest` returns a number that no other question has. */
  constructor(send: (question: Q, request: number) => void, newRequest: () => number) {
    this.#send = send;
    this.#newRequest = newRequest;
  }

  /** Asks now or, while another is under way, later. `now` is in milliseconds. */
  ask(question: Q, now: number): void {
    this.#next = { question };
    if (this.#underWay === undefined || now - this.#underWay.since > PATIENCE) this.#askNext(now);
  }

  /** Says whether this is the answer that was waited for, and asks what came up meanwhile. */
  answered(request: number, now: number): boolean {
    if (request !== this.#underWay?.request) return false;
    this.#underWay = undefined;
    this.#askNext(now);
    return true;
  }

  #askNext(now: number): void {
    if (this.#next === undefined) return;
    const { question } = this.#next;
    this.#next = undefined;
    this.#underWay = { request: this.#newRequest(), since: now };
    this.#send(question, this.#underWay.request);
  }
}
