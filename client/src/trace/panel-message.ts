import type { Question, Wish } from "../../shared/messages.js";
import type { Place } from "../../shared/snapshot.js";

/** Characters of a picture; of the largest that is drawn, it has a tenth. */
const LONGEST_GRAPH = 1 << 22;

/**
 * What the panel's page said; undefined if no page of ours says that. The worker behind it takes more than questions, and
 * reads whatever file it is told to: a page, which shows what a foreign file says, may not tell it.
 */
export function panelMessage(value: unknown): Question | Wish | undefined {
  if (!isRecord(value)) return undefined;
  const { type, request, thread, time, from, to, columns, place } = value;
  switch (type) {
    case "ready":
    case "compare":
    case "export":
      return { type };
    case "saveGraph": {
      const { name, svg } = value;
      const isGraph = typeof svg === "string" && svg.startsWith("<svg ") && svg.length <= LONGEST_GRAPH;
      return isGraph && (name === "waits" || name === "order") ? { type, name, svg } : undefined;
    }
    case "open":
      return isPlace(place) ? { type, place } : undefined;
    case "view": {
      const { threads, counters } = value;
      const isWhole = areNumbers(request, from, to, columns) && areIds(threads) && areIds(counters);
      const rows = { ...(threads === undefined ? {} : { threads }), ...(counters === undefined ? {} : { counters }) };
      return isWhole ? ({ type, request, from, to, columns, ...rows } as Question) : undefined;
    }
    case "overview":
      return areNumbers(request, from, to, columns) ? ({ type, request, from, to, columns } as Question) : undefined;
    case "describe":
      return areNumbers(request, thread, time) ? ({ type, request, thread, time } as Question) : undefined;
    case "sum":
      return areNumbers(request, from, to) ? ({ type, request, from, to } as Question) : undefined;
    case "relate": {
      const { object, least } = value;
      const isWhole = areNumbers(request, thread, object, least);
      return isWhole ? ({ type, request, thread, object, least } as Question) : undefined;
    }
    case "look":
      return areNumbers(request, time) ? ({ type, request, time } as Question) : undefined;
    default:
      return undefined;
  }
}

export function isPlace(value: unknown): value is Place {
  return isRecord(value) && typeof value.file === "string" && areNumbers(value.line, value.column);
}

/** A list of ids, or nothing. */
function areIds(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((id) => Number.isFinite(id)));
}

function areNumbers(...values: readonly unknown[]): boolean {
  return values.every((value) => Number.isFinite(value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
