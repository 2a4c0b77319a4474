/** Longer names are cut: nobody reads them, and laying out a megabyte of text takes seconds. */
const LONGEST = 80;

/** Signs that end a line, are not seen, or turn the direction of what stands beside them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A name of the traced program as one short line. Names may be anything: what would break the line or change how the
 * text around it is read is replaced by a sign that is seen.
 */
export function shown(name: string, longest = LONGEST): string {
  const cut = name.slice(0, longest * 2);
  const signs = [...cut.replace(UNSEEN, (sign) => (sign === "\n" ? "⏎" : "�"))];
  if (signs.length <= longest && cut.length === name.length) return signs.join("");
  return `${signs.slice(0, longest - 1).join("")}…`;
}
