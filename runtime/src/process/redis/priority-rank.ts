/** Priorities as texts that Redis sorts as JavaScript compares them: byte by byte. */
import { checkPriority, type Prioritized } from "../../priority-queue.js";

/** The rank of an item. @throws TypeError it has no priority */
export function priorityRank(item: unknown): string {
  checkPriority(item as Prioritized);
  const priority = (Array.isArray(item) ? item[0] : item) as number | string;
  return typeof priority === "number" ? numberRank(priority) : textRank(priority);
}

/** The bits of a number sort like it once the sign is turned, and all others of negative ones as well. */
function numberRank(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number === 0 ? 0 : number);
  const bits = view.getBigUint64(0);
  const isNegative = bits >> 63n === 1n;
  const sortable = isNegative ? ~bits & 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return `n${sortable.toString(16).padStart(16, "0")}`;
}

/** Four digits for each unit, and at the end less than any: a text is before those that it begins. */
function textRank(text: string): string {
  let rank = "t";
  for (let i = 0; i < text.length; i++) rank += text.charCodeAt(i).toString(16).padStart(4, "0");
  return `${rank} `;
}
