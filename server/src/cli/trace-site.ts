import type { TraceSite } from "../../../runtime/src/trace/decode.js";
import { visible } from "./frame.js";
import { shownPath } from "./report.js";

/** A place that counts from 1. */
type Place = Omit<TraceSite, "id">;

/** For people; undefined where it is not known. */
export function siteText(site: Place | undefined): string | undefined {
  return site === undefined ? undefined : visible(`${shownPath(site.file)}:${site.line}:${site.column}`);
}

/** As in `heddle check`: relative, and counted from 0. */
export function jsonSite(site: Place | undefined): object | null {
  return site === undefined ? null : { file: shownPath(site.file), line: site.line - 1, character: site.column - 1 };
}
