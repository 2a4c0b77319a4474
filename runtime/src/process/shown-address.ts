/** An address as errors show it: without name, password and options, however they are written. */
export function shownAddress(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:)?\/*.*@/is, "$1//").replace(/[?#].*$/s, "");
}
