import type { Finding, Fix, Statement } from "./finding.js";
import type { FileViews, FunctionView, Program } from "./program.js";
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
  readonly said: readonly Said[];
}

interface Said {
  readonly fn: FunctionView;
  readonly ruleId: string;
  readonly statement: Statement;
  /** Which of its rule's statements of the function it is, if it has ways out. */
  readonly nth: number | undefined;
}

const keptOfFunctions = new WeakMap<FunctionView, Kept>();
const keptOfFiles = new WeakMap<FileViews, Kept>();

/**
 * What the rules state of the functions of a file, one after the other. The same function in another program is not
 * looked at again as long as all that the rules asked about the rest of the first program has the same answer in the
 * other one.
 */
export function functionStatements(
  file: FileViews,
  program: Program,
  by: FunctionRules,
  failed: (failure: FunctionFailure) => void,
): readonly FunctionStatement[] {
  const known = keptOfFiles.get(file);
  const current = known && holds(known, program, by) ? known : lookAtFile(file, program, by, failed);
  return current.said.map(({ fn, ruleId, statement, nth }) => {
    if (nth === undefined) return { ruleId, statement };
    const fixes = (finding: Finding): readonly Fix[] => fixesOf(by.rules.get(ruleId), fn, program, nth, finding);
    return { ruleId, statement: { ...statement, fixes } };
  });
}

function lookAtFile(
  file: FileViews,
  program: Program,
  by: FunctionRules,
  failed: (failure: FunctionFailure) => void,
): Kept {
  const questions: Question[] = [];
  const asked = new Set<string>();
  let isWhole = true;
  const said = file.flatMap((fn) => {
    const known = keptOfFunctions.get(fn);
    const current = known && holds(known, program, by) ? known : look(fn, program, by, failed);
    isWhole &&= keptOfFunctions.get(fn) === current;
    for (const question of current.questions) {
      const { of, name, args = [] } = question;
      const key = args.every((each) => typeof each === "string") ? [of, String(name), ...args].join("\n") : undefined;
      if (key === undefined || !asked.has(key)) questions.push(question);
      if (key !== undefined) asked.add(key);
    }
    return current.said;
  });
  const result = { ran: by.names, questions, said };
  if (isWhole) keptOfFiles.set(file, result);
  else keptOfFiles.delete(file);
  return result;
}

function look(fn: FunctionView, program: Program, by: FunctionRules, failed: (failure: FunctionFailure) => void): Kept {
  const questions: Question[] = [];
  const asked = noting(program, questions);
  const said: Said[] = [];
  let isWhole = true;
  for (const [ruleId, rule] of by.rules) {
    let count = 0;
    const report: Report = ({ fixes, ...statement }) => {
      said.push({ fn, ruleId, statement, nth: fixes && count });
      count++;
    };
    try {
      by.measure(ruleId, () => rule.checkFunction?.(fn, asked, report));
    } catch (error) {
      isWhole = false;
      failed({ ruleId, error });
    }
  }
  const result = { ran: by.names, questions, said };
  if (isWhole) keptOfFunctions.set(fn, result);
  else keptOfFunctions.delete(fn);
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

function holds({ ran, questions }: Kept, program: Program, by: FunctionRules): boolean {
  if (ran !== by.names) return false;
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
