import type { Edit } from "../../finding.js";
import type { Layout, Line } from "../../source/layout.js";
import type { ExpressionRegion, Region, StatementRegion } from "../../source/regions.js";

/** A lock as the code at hand can name it. */
export interface LockChoice {
  /** What stands in front of `.hold()`: `shelf`, `this.#lock`, `total.getLock()`. */
  readonly expression: string;
  readonly hasAsyncForm: boolean;
  /** What has to come along: an import, the declaration of a new lock. */
  readonly edits: readonly Edit[];
}

export interface WrapRequest {
  readonly file: string;
  /** Every region of the function that needs the lock. */
  readonly regions: readonly Region[];
  readonly layout: Layout;
  readonly lock: LockChoice;
  /** Whether `using` means something here: a TypeScript file. */
  readonly allowsUsing: boolean;
  /** Whether the edited program type-checks, lacks the finding and has no new one. */
  readonly gate: (edits: readonly Edit[]) => boolean;
}

/**
 * The edits that make every region run under the lock, or undefined where no form passes the gate.
 *
 * The forms are tried from the one that reads best: a scoped guard (`using`), then a callback for what is one
 * expression, then acquire, `try` and `finally`. A region with an `await` takes the asynchronous form of its lock; a
 * thread that blocks on the lock meanwhile does not stop this one's event loop.
 */
export function wrapInLock(request: WrapRequest): readonly Edit[] | undefined {
  const styles = request.allowsUsing ? [true, false] : [false];
  for (const usesScope of styles) {
    const edits = wrapAll(request, usesScope);
    if (edits && request.gate(edits)) return edits;
  }
  return undefined;
}

function wrapAll(request: WrapRequest, usesScope: boolean): readonly Edit[] | undefined {
  const { lock } = request;
  const edits: Edit[] = [...lock.edits];
  for (const region of request.regions) {
    if (region.awaits && !lock.hasAsyncForm) return undefined;
    const writer: Writer = { lock: lock.expression, layout: request.layout, usesScope };
    const change = region.kind === "expression" ? wrapExpression(writer, region) : wrapStatements(writer, region);
    if (!change) return undefined;
    edits.push({ site: { file: request.file, start: change.start, end: change.end }, newText: change.newText });
  }
  return edits;
}

interface Writer {
  readonly lock: string;
  readonly layout: Layout;
  readonly usesScope: boolean;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

function wrapExpression(writer: Writer, region: ExpressionRegion): Change {
  const call = callback(writer, region.text, region.awaits);
  return { start: region.start, end: region.end, newText: region.awaits ? `(${call})` : call };
}

function wrapStatements(writer: Writer, region: StatementRegion): Change | undefined {
  if (region.awaits && !region.leaves) return wrapInCallback(writer, region);
  if (!writer.usesScope && region.value && !(region.leaves && region.value.of === "statement")) {
    return wrapValue(writer, region, region.value);
  }
  if (region.place === "tail" && writer.usesScope) return holdUntilBlockEnds(writer, region);
  if (region.declares) {
    if (region.value?.of === "declaration") return wrapValue(writer, region, region.value);
    return region.leaves ? undefined : wrapInCallback(writer, region);
  }
  return writer.usesScope ? holdInBlock(writer, region) : holdInTry(writer, region);
}

/** `using _ = lock.hold();` in front of statements whose block ends with them. */
function holdUntilBlockEnds(writer: Writer, region: StatementRegion): Change {
  const gap = region.isInline ? " " : writer.layout.newline + region.indentation;
  return { start: region.start, end: region.start, newText: scopedGuard(writer, region) + gap };
}

function scopedGuard(writer: Writer, region: StatementRegion): string {
  const held = region.awaits ? `await ${writer.lock}.holdAsync()` : `${writer.lock}.hold()`;
  return `using ${region.freshName} = ${held}${writer.layout.semicolon}`;
}

function holdInBlock(writer: Writer, region: StatementRegion): Change {
  return bracketed(writer, region, ["{"], [scopedGuard(writer, region)], ["}"]);
}

function holdInTry(writer: Writer, region: StatementRegion): Change {
  const { lock, layout } = writer;
  const acquire = `${region.awaits ? `await ${lock}.acquireAsync()` : `${lock}.acquire()`}${layout.semicolon}`;
  const release = `${lock}.release()${layout.semicolon}`;
  if (region.isInline) return bracketed(writer, region, [acquire, "try {"], [], [`} finally { ${release} }`]);
  const finish = ["} finally {", layout.unit + release, "}"];
  if (region.place !== "body") return bracketed(writer, region, [acquire, "try {"], [], finish);
  const { newline, unit } = layout;
  const inner = { ...region, lead: "" as const, indentation: region.indentation + unit };
  const text = bracketed(writer, inner, [acquire, "try {"], [], finish).newText;
  const newText = `${region.lead}{${newline}${inner.indentation}${text}${newline}${region.indentation}}`;
  return { start: region.start, end: region.end, newText };
}

/** `const n = total.value++;` becomes `const n = lock.withLock(() => total.value++);`. */
function wrapValue(writer: Writer, region: StatementRegion, value: NonNullable<StatementRegion["value"]>): Change {
  const { start, end, text } = value;
  if (value.of !== "statement") return { start, end, newText: callback(writer, text, region.awaits) };
  const newText = `${opening(writer, region.awaits)}{ ${text}${writer.layout.semicolon} })`;
  return { start, end, newText };
}

/** The statements as the body of a callback, which hands out what those behind it need. */
function wrapInCallback(writer: Writer, region: StatementRegion): Change {
  const { awaits, declares, value } = region;
  if (value && (value.of === "declaration" || value.of === "statement")) return wrapValue(writer, region, value);
  const { semicolon } = writer.layout;
  const names = declares?.names.length === 1 ? declares.names[0] : `{ ${declares?.names.join(", ")} }`;
  const head = declares ? `${declares.keyword} ${names} = ` : "";
  const last = declares ? [`${writer.layout.unit}return ${names}${semicolon}`] : [];
  return bracketed(writer, region, [`${head}${opening(writer, awaits)}{`], [], [...last, `})${semicolon}`]);
}

function callback(writer: Writer, text: string, awaits: boolean): string {
  return `${opening(writer, awaits)}${text.startsWith("{") ? `(${text})` : text})`;
}

function opening(writer: Writer, awaits: boolean): string {
  return awaits ? `await ${writer.lock}.withLockAsync(async () => ` : `${writer.lock}.withLock(() => `;
}

/**
 * The region between `before` and `after`, one step further in. `before` and `after` are lines at the region's own
 * indentation, `first` are lines that come along inside.
 */
function bracketed(
  writer: Writer,
  region: StatementRegion,
  before: readonly string[],
  first: readonly string[],
  after: readonly string[],
): Change {
  const { newline, unit } = writer.layout;
  const { start, end, indentation, lead } = region;
  if (region.isInline) {
    const text = region.lines.map((line) => line.text).join(newline);
    return { start, end, newText: [...before, ...first, text, ...after.map((line) => line.trim())].join(" ") };
  }
  const inner = indentation + unit;
  const lines = [
    ...before.map((line) => indentation + line),
    ...first.map((line) => inner + line),
    ...region.lines.map((line, index) => indented(line, index, inner, region.ownIndentation)),
    ...after.map((line) => indentation + line),
  ];
  return { start, end, newText: lead + lines.join(newline).slice(indentation.length) };
}

/** The first line has lost its indentation to what stands in front of the region; the others bring theirs. */
function indented(line: Line, index: number, wanted: string, present: string): string {
  if (line.isLiteral) return line.text;
  if (index === 0) return wanted + line.text;
  return line.text === "" ? "" : wanted.slice(present.length) + line.text;
}
