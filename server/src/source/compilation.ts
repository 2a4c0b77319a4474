import { treeOf } from "./binding-on-demand.js";
import { boundProgram } from "./bound-program.js";
import { editedProgram, type Outside } from "./edited-program.js";
import type { Host } from "./host.js";
import type { Stopwatch } from "./stopwatch.js";
import type { ts } from "./syntax.js";

/** What one checker learns of trees that are gone it never forgets, so that it does not serve for ever. */
const EDITS_OF_ONE_CHECKER = 64;

/** What the compiler knows of a project at one moment. */
export interface Compiled {
  /**
   * The trees, and a checker to ask about them; get it again after asking another moment's. What it objects to, ask the
   * whole.
   */
  readonly program: ts.Program;
  /** The file that has another tree in `program` than in `base`; other files see the same of both, or nothing. */
  readonly edited: string | undefined;
  /** What `program` is, or was made of for the edited file: the same one until there is another whole program. */
  readonly base: ts.Program;
  /** The trees of files, in their order; without those that the compiler does not know. */
  treesOf(files: readonly string[]): readonly ts.SourceFile[];
  /** Computed when it is wanted. */
  readonly whole: () => ts.Program;
  /** Whether nothing was taken over from an earlier program. */
  readonly isFresh: boolean;
}

/** The compiler's side of a project: after each edit as much of a new program as that edit needs. */
export class Compilation {
  readonly host: Host;
  readonly #options: ts.CompilerOptions;
  readonly #watch: Stopwatch | undefined;
  /** The last whole program; undefined where files came or went: then every import is resolved again. */
  #whole: ts.Program | undefined;
  /** The files that have another text than in the whole program. */
  #changed = new Set<string>();
  #edits = 0;
  /** Programs whose checker was asked about trees of later ones: it notes what it objects to by the name of the file. */
  readonly #askedOfLater = new WeakSet<ts.Program>();
  /** Changes with every text. */
  #revision = 0;

  constructor(host: Host, options: ts.CompilerOptions, watch?: Stopwatch) {
    this.host = host;
    this.#options = options;
    this.#watch = watch;
  }

  /** The same with other texts, to try them out. What the compiler objects to in them is asked next, so they are made whole. */
  fork(texts: ReadonlyMap<string, string>): Compilation {
    const fork = new Compilation(this.host.fork(), this.#options, this.#watch);
    fork.#whole = this.#whole;
    fork.#changed = new Set(this.#changed);
    fork.#edits = EDITS_OF_ONE_CHECKER;
    for (const [file, text] of texts) fork.setText(file, text);
    return fork;
  }

  /** See `Host.setText`. */
  setText(file: string, text: string | undefined): void {
    this.#revision++;
    this.#changed.add(file);
    if (this.host.setText(file, text)) this.#whole = undefined;
  }

  compile(roots: readonly string[], outside: Outside): Compiled {
    const isFresh = this.#whole === undefined;
    this.#forgetUnchanged();
    const edited = this.#edited(outside);
    if (edited === undefined) {
      const whole = this.#changed.size === 0 && this.#whole ? this.#whole : this.#compileWhole(roots);
      return {
        program: whole,
        edited: undefined,
        base: whole,
        treesOf: (files) => treesOf(whole, files),
        whole: this.#wholeOf(whole, roots, whole),
        isFresh,
      };
    }
    const [file] = this.#changed;
    const base = this.#whole!;
    const before = treeOf(base, file!);
    const after = treeOf(edited, file!)!;
    return {
      program: edited,
      edited: file,
      base,
      treesOf: (files) => treesOf(base, files).map((tree) => (tree === before ? after : tree)),
      whole: this.#wholeOf(edited, roots),
      isFresh,
    };
  }

  /** The whole of what `program` is of: what is there, as long as its checker has not been asked about later trees. */
  #wholeOf(program: ts.Program, roots: readonly string[], made?: ts.Program): () => ts.Program {
    const revision = this.#revision;
    let whole = made;
    return () => {
      if (whole !== undefined && !this.#askedOfLater.has(whole)) return whole;
      whole = (revision === this.#revision ? this : this.#asOf(program)).#compileWhole(roots);
      return whole;
    };
  }

  /** Texts that came since are not that moment's. */
  #asOf(program: ts.Program): Compilation {
    const trees = program.getSourceFiles().filter(({ fileName, text }) => this.host.readFile(fileName) !== text);
    return this.fork(new Map(trees.map(({ fileName, text }) => [fileName, text])));
  }

  /** What was opened, or is as it was. */
  #forgetUnchanged(): void {
    for (const file of this.#changed) {
      const before = this.#whole?.getSourceFile(file);
      if (before !== undefined && before.text === this.host.readFile(file)) this.#changed.delete(file);
    }
  }

  #edited(outside: Outside): ts.Program | undefined {
    const [file, ...more] = this.#changed;
    if (this.#whole === undefined || file === undefined || more.length > 0 || this.#edits === EDITS_OF_ONE_CHECKER) {
      return undefined;
    }
    this.#edits++;
    try {
      const edited = editedProgram(this.#whole, this.host, file, outside);
      if (edited) this.#askedOfLater.add(this.#whole);
      return edited;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Half of the tree is bound, and whoever binds all files knows what to do about the deepest.
      this.host.parseAgain(file);
      return undefined;
    }
  }

  #compileWhole(roots: readonly string[]): ts.Program {
    const { host } = this;
    const options = { rootNames: [...roots], options: this.#options, host };
    const before = this.#whole;
    this.#whole = boundProgram(host, before ? { ...options, oldProgram: before } : options, this.#watch);
    this.#changed.clear();
    this.#edits = 0;
    return this.#whole;
  }
}

const listed = new WeakMap<
  ts.Program,
  { readonly files: readonly string[]; readonly trees: readonly ts.SourceFile[] }
>();

function treesOf(program: ts.Program, files: readonly string[]): readonly ts.SourceFile[] {
  const known = listed.get(program);
  if (known?.files === files) return known.trees;
  const trees = files.flatMap((file) => treeOf(program, file) ?? []);
  listed.set(program, { files, trees });
  return trees;
}
