/** A thread, 0 for none, and a moment of it; undefined stands for now, whenever that is. */
export interface Selection {
  readonly thread: number;
  readonly time: number | undefined;
}

/** What is selected, and the way that led there through threads that wait for each other. */
export interface Trail {
  readonly selection: Selection | undefined;
  readonly before: readonly Selection[];
}

export const emptyTrail: Trail = { selection: undefined, before: [] };

/** Selects something else: the way so far is of no interest any more. */
export function select(selection: Selection): Trail {
  return { selection, before: [] };
}

/** Goes on to the thread that the selected one waits for, at the same moment. */
export function toBlocker({ selection, before }: Trail, holder: number): Trail {
  if (selection === undefined || holder === 0) return { selection, before };
  return { selection: { thread: holder, time: selection.time }, before: [...before, selection] };
}

export function back(trail: Trail): Trail {
  const last = trail.before.at(-1);
  return last === undefined ? trail : { selection: last, before: trail.before.slice(0, -1) };
}
