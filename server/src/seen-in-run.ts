/** What the analysis and the user say of things that a recorded run showed. */
import type { Level } from "./finding.js";
import { lockOrderGraph } from "./lock-order-graph.js";
import type {
  LockOrder,
  SeenAnswer,
  SeenFinding,
  SeenLockOrder,
  SeenParams,
  SeenPlace,
  StaticFinding,
  StaticLockEdge,
} from "./protocol.js";
import { rules } from "./rules/index.js";
import { seenKinds } from "./seen-kinds.js";
import { nextLineForm, type Suppression, suppressionsIn } from "./source/suppressions.js";
import { type Found, suppress } from "./suppressing.js";

/** What has to be known of the program that ran. Files are paths with `/`. */
export interface Sources {
  /** The text as it is now; undefined where there is none. */
  textOf(file: string): string | undefined;
  /** What somebody set for a rule; undefined: nothing. */
  levelOf(file: string, id: string): Level | undefined;
  findingsIn(file: string): readonly StaticFinding[];
  /** What is taken while something else is held, in the programs that these files are part of. */
  lockOrderOf(files: readonly string[]): readonly StaticLockEdge[];
}

/** Sides of a finding that have to be the same in the run and in the source, if it has as many. */
const SIDES = 2;

export function judgeSeen({ findings, files, lockOrder }: SeenParams, sources: Sources): SeenAnswer {
  const texts = new Texts(sources);
  const inFiles = new Map<string, readonly StaticFinding[]>();
  const findingsIn = (file: string): readonly StaticFinding[] => {
    const known = inFiles.get(file) ?? sources.findingsIn(file);
    inFiles.set(file, known);
    return known;
  };
  const seen = new Set<string>();
  const verdicts = findings.map((finding) => {
    const places = finding.places.map(normal);
    const inThem = [...new Set(places.map(({ file }) => file))].flatMap(findingsIn);
    const known = rules.has(finding.id) ? inThem.find((each) => isSame(each, { ...finding, places })) : undefined;
    if (known !== undefined) seen.add(keyOf(known));
    const main = places[0];
    return {
      level: main && sources.levelOf(main.file, finding.id),
      isSuppressed: places.some((place) => texts.isSuppressed(finding.id, place)),
      known,
    };
  });
  const all = new Map([...new Set(files.map(slashed))].flatMap(findingsIn).map((each) => [keyOf(each), each]));
  const unseen = [...all.values()].filter(
    (each) => rules.get(each.ruleId)?.seenInRun !== undefined && !seen.has(keyOf(each)),
  );
  return { verdicts, unseen, lockOrder: lockOrder && orderOf(lockOrder, files, sources) };
}

function orderOf(seen: SeenLockOrder, files: readonly string[], sources: Sources): LockOrder {
  return mergedLockOrder(seen, sources.lockOrderOf(files.map(slashed)));
}

/** The order that a run showed and that of the source in one. */
export function mergedLockOrder({ locks, edges }: SeenLockOrder, inSource: readonly StaticLockEdge[]): LockOrder {
  const place = (seen: SeenPlace | undefined): SeenPlace | undefined => seen && normal(seen);
  const order = {
    locks: locks.map((lock) => ({ ...lock, made: place(lock.made) })),
    edges: edges.map((edge) => ({ ...edge, held: place(edge.held), taken: place(edge.taken) })),
  };
  return lockOrderGraph(order, inSource);
}

/** One defect may be told from either side: enough of the places of one have to be those of the other. */
function isSame({ ruleId, places: known }: StaticFinding, { id, places }: SeenFinding): boolean {
  if (ruleId !== id) return false;
  const shared = known.filter((site) =>
    places.some(({ file, line }) => file === site.file && site.line <= line && line <= site.endLine),
  );
  const lines = new Set(shared.map(({ file, line }) => `${file}:${line}`));
  const distinct = (all: readonly SeenPlace[]): number => new Set(all.map(({ file, line }) => `${file}:${line}`)).size;
  return lines.size >= Math.min(SIDES, distinct(places), distinct(known));
}

function keyOf({ fingerprint, places: [main] }: StaticFinding): string {
  return `${fingerprint} ${main?.file}`;
}

function normal(place: SeenPlace): SeenPlace {
  return { ...place, file: slashed(place.file) };
}

function slashed(file: string): string {
  return file.replaceAll("\\", "/");
}

/** The texts of files, with the comments that suppress something in them. */
class Texts {
  readonly #sources: Sources;
  readonly #files = new Map<
    string,
    { readonly starts: readonly number[]; readonly comments: readonly Suppression[] }
  >();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  isSuppressed(id: string, { file, line, column }: SeenPlace): boolean {
    const { starts, comments } = this.#read(file);
    if (comments.length === 0) return false;
    const lineStart = starts[line - 1] ?? 0;
    const lineEnd = starts[line] ?? Number.POSITIVE_INFINITY;
    // No code can have run in a comment: it was written above the line since the run.
    const since = comments.find(
      ({ form, site }) => form === nextLineForm && site.start >= lineStart && site.start < lineEnd,
    );
    const start = since?.nextLine?.start ?? lineStart + column - 1;
    const statement = { message: "", site: { file, start, end: start } };
    const found: Found = { ruleId: id, severity: "info", statement };
    return suppress([found], comments, [...rules.keys(), ...seenKinds.keys()], () => false).kept.length === 0;
  }

  #read(file: string): { readonly starts: readonly number[]; readonly comments: readonly Suppression[] } {
    let read = this.#files.get(file);
    if (read === undefined) {
      const text = this.#sources.textOf(file) ?? "";
      const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length)];
      read = { starts, comments: suppressionsIn(file, text) };
      this.#files.set(file, read);
    }
    return read;
  }
}
