import type { Finding, Fix, Statement } from "./finding.js";
import type { FunctionView, Program } from "./program.js";
import type { Report, Rule } from "./rules/rule.js";

/** What one rule states of one function. */
export interface FunctionStatement {
  readonly ruleId: string;
  readonly statement: Statement;
}

/** A rule that gave up on a function: the others' statements stand. */
export interface FunctionFailure {
  readonly ruleId: string;
  readonly error: unknown;
}

/** A set of rules that look at one function at a time. Functions are looked at again by another set. */
export interface FunctionRules {
  readonly rules: ReadonlyMap<string, Rule>;
  /** Their ids, put together once: this is compared for every function. */
  readonly names: string;
  /** Runs a rule, and may note how long it takes. */
  measure(ruleId: string, work: () => void): void;
}

/** A question about the rest of the program that a rule asked, and the answer it got. */
interface Question {
  readonly of: "program" | "bench";
  readonly name: PropertyKey;
  /** Undefined where it is a property that was read. */
  readonly args: readonly unknown[] | undefined;
  readonly answer: unknown;
}

/** What the rules stated last, without ways out: those would keep the program alive of which they were asked. */
interface Kept {
  readonly ran: string;
  readonly questions: readonly Question[];
  readonly said: readonly { readonly ruleId: string; readonly statement: Statement; readonly hasFixes: boolean }[];
}

const kept = new WeakMap<FunctionView, Kept>();

/**
 * What the rules state of a function. The same function in another program is not looked at again as long as all that
 * the rules asked about the rest of the first program has the same answer in the other one.
 */
export function functionStatements(
  fn: FunctionView,
  program: Program,
  by: FunctionRules,
  failed: (failure: FunctionFailure) => void,
): readonly FunctionStatement[] {
  const known = kept.get(fn);
  const current = known && known.ran === by.names && stillHolds(known.questions, program) ? known : undefined;
  return (current ?? look(fn, program, by, failed)).said.map(({ ruleId, statement, hasFixes }, index, said) => {
    if (!hasFixes) return { ruleId, statement };
    const nth = said.slice(0, index).filter((each) => each.ruleId === ruleId).length;
    const fixes = (finding: Finding): readonly Fix[] => fixesOf(by.rules.get(ruleId), fn, program, nth, finding);
    return { ruleId, statement: { ...statement, fixes } };
  });
}

function look(fn: FunctionView, program: Program, by: FunctionRules, failed: (failure: FunctionFailure) => void): Kept {
  const questions: Question[] = [];
  const asked = noting(program, questions);
  const said: { ruleId: string; statement: Statement; hasFixes: boolean }[] = [];
  let isWhole = true;
  for (const [ruleId, rule] of by.rules) {
    const report: Report = ({ fixes, ...statement }) => said.push({ ruleId, statement, hasFixes: fixes !== undefined });
    try {
      by.measure(ruleId, () => rule.checkFunction?.(fn, asked, report));
    } catch (error) {
      isWhole = false;
      failed({ ruleId, error });
    }
  }
  const result = { ran: by.names, questions, said };
  if (isWhole) kept.set(fn, result);
  else kept.delete(fn);
  return result;
}

/** The ways out of the rule's nth statement, by asking it once more. */
function fixesOf(
  rule: Rule | undefined,
  fn: FunctionView,
  program: Program,
  nth: number,
  finding: Finding,
): readonly Fix[] {
  const statements: Statement[] = [];
  rule?.checkFunction?.(fn, program, (statement) => void statements.push(statement));
  return statements[nth]?.fixes?.(finding) ?? [];
}

/** The same program, which notes what it is asked. */
function noting(program: Program, questions: Question[]): Program {
  const note = (question: Question): void => {
    const isKnown = questions.some(
      ({ of, name, args }) => of === question.of && name === question.name && isSame(args, question.args),
    );
    if (!isKnown) questions.push(question);
  };
  const noted = <T extends object>(of: Question["of"], object: T, replaced: Partial<T>): T =>
    new Proxy(object, {
      get(target, name) {
        if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") {
          note({ of, name, args: undefined, answer: value });
          return value;
        }
        return (...args: unknown[]): unknown => {
          const answer: unknown = value.apply(target, args);
          note({ of, name, args, answer });
          return answer;
        };
      },
    });
  return noted("program", program, { bench: noted("bench", program.bench, {}) });
}

function stillHolds(questions: readonly Question[], program: Program): boolean {
  return questions.every(({ of, name, args, answer }) => {
    const asked = of === "bench" ? program.bench : program;
    const value: unknown = Reflect.get(asked, name, asked);
    return isSame(args && typeof value === "function" ? value.apply(asked, args) : value, answer);
  });
}

/** Whether two answers are one object, or lists of the same objects. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((each, index) => Object.is(each, other[index]));
}
