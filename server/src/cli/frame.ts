import type { ReportedSite } from "./report.js";

/** One line of a code frame. A line of marks stands under the line of code it belongs to and has no number. */
export interface FrameLine {
  readonly number: string;
  readonly text: string;
  readonly marks: boolean;
}

interface Look {
  readonly gutter: number;
  readonly mark: string;
  /** Columns of the whole line, gutter included. */
  readonly width: number;
}

/** The code of a site with its range underlined. Long lines are cut around what is underlined. */
export function frame(site: ReportedSite, { gutter, mark, width }: Look): FrameLine[] {
  const { start, end } = site.range;
  const room = Math.max(20, width - gutter - 5);
  const lines: FrameLine[] = [];
  site.lines.forEach((line, index) => {
    const from = index === 0 ? start.character : indentOf(line);
    const to = start.line + index === end.line ? end.character : line.length;
    const before = visible(line.slice(0, from));
    const inside = visible(line.slice(from, to));
    const after = visible(line.slice(to));
    const cut = fit(before, inside, after, room);
    lines.push({ number: String(start.line + index + 1), text: cut.text, marks: false });
    const underline = " ".repeat(cut.from) + mark.repeat(Math.max(1, cut.to - cut.from));
    if (line.trim() !== "") lines.push({ number: "", text: underline, marks: true });
  });
  const last = start.line + site.lines.length - 1;
  if (last < end.line) lines.push({ number: "…", text: "", marks: false });
  return lines;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Cuts a line to the room there is; `from` and `to` are the columns of the middle part, which stays in sight. */
function fit(before: string, inside: string, after: string, room: number): { text: string; from: number; to: number } {
  let left = before;
  let middle = inside;
  let right = after;
  if (widthOf(left + middle + right) > room) {
    const kept = keepStart(middle, Math.floor(room * 0.7));
    // What follows a middle that is cut is far away.
    if (kept !== middle) right = "";
    middle = kept;
    left = keepEnd(left, Math.max(10, room - widthOf(middle) - widthOf(right)));
    right = keepStart(right, Math.max(0, room - widthOf(left) - widthOf(middle)));
  }
  const from = widthOf(left);
  return { text: left + middle + right, from, to: from + widthOf(middle) };
}

function keepStart(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let kept = "";
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > room) break;
    kept += character;
  }
  return `${kept}…`;
}

function keepEnd(text: string, room: number): string {
  return [...keepStart([...text].reverse().join(""), room)].reverse().join("");
}

/** Text from outside as a terminal may show it: tabs as two spaces, what would steer the terminal as its picture. */
export function visible(text: string): string {
  return (
    text
      .replaceAll("\t", "  ")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal.
      .replaceAll(/[\x00-\x1f]/g, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
      .replaceAll(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
  );
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const invisible = /\p{Mark}|\u200b|\u200d|\ufe0f/u;

/** Columns on a terminal: East Asian characters and emoji take two, combining marks none. */
function widthOf(text: string): number {
  // Nearly every line of code is ASCII.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is "all of ASCII".
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += invisible.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}
