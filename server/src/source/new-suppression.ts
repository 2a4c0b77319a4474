import type { Site } from "./site.js";
import { nextLineForm, suppressionsIn } from "./suppressions.js";

/**
 * The line that suppresses a rule at a place, above it; undefined where no comment can stand there, as in the middle of a
 * template. Without a reason it suppresses nothing yet: that is for the user to write.
 */
export function newSuppression(
  text: string,
  { file, start }: Site,
  ruleId: string,
  reason: string,
): { readonly site: Site; readonly newText: string } | undefined {
  const lineStart = Math.max(text.lastIndexOf("\n", start - 1), text.lastIndexOf("\r", start - 1)) + 1;
  const indentation = /^[ \t]*/.exec(text.slice(lineStart, start))?.[0] ?? "";
  const newline = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
  const comment = `${nextLineForm} ${ruleId}: ${reason}`;
  for (const line of [`// ${comment}`, `{/* ${comment} */}`]) {
    const newText = `${indentation}${line}${newline}`;
    const edited = text.slice(0, lineStart) + newText + text.slice(lineStart);
    const moved = start + newText.length;
    const isUnderstood = suppressionsIn(file, edited).some(
      (each) =>
        each.ruleId === ruleId &&
        each.site.start >= lineStart &&
        each.nextLine !== undefined &&
        each.nextLine.start <= moved &&
        moved <= each.nextLine.end,
    );
    if (isUnderstood) return { site: { file, start: lineStart, end: lineStart }, newText };
  }
  return undefined;
}
