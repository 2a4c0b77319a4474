import process from "node:process";

/** Lua takes some thousand arguments; a script that runs for long keeps others waiting. */
const MOST_AT_ONCE = 256;

/** What one message of the client asks for goes to the server together. */
export class Batch<Question, Outcome> {
  #questions: { readonly question: Question; settle(outcome: Outcome): void; fail(error: unknown): void }[] = [];
  readonly #ask: (questions: readonly Question[]) => Promise<readonly Outcome[]>;

  constructor(ask: (questions: readonly Question[]) => Promise<readonly Outcome[]>) {
    this.#ask = ask;
  }

  add(question: Question): Promise<Outcome> {
    return new Promise((settle, fail) => {
      this.#questions.push({ question, settle, fail });
      if (this.#questions.length === 1) process.nextTick(() => void this.#flush());
      else if (this.#questions.length === MOST_AT_ONCE) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const all = this.#questions;
    if (all.length === 0) return;
    this.#questions = [];
    try {
      const outcomes = await this.#ask(all.map(({ question }) => question));
      for (const [i, { settle }] of all.entries()) settle(outcomes[i] as Outcome);
    } catch (error) {
      for (const { fail } of all) fail(error);
    }
  }
}
