/** Where the parts of a lane are, in CSS pixels from its top. */
export interface LaneShape {
  readonly height: number;
  readonly activityTop: number;
  readonly activityHeight: number;
  readonly holdingTop: number;
  readonly holdingHeight: number;
}

const ROOMY: LaneShape = { height: 46, activityTop: 6, activityHeight: 16, holdingTop: 25, holdingHeight: 15 };
const DENSE: LaneShape = { height: 30, activityTop: 3, activityHeight: 14, holdingTop: 18, holdingHeight: 9 };

/** From how many lanes on they are made narrow, so that more of them are seen at once. */
const MANY = 24;

export function laneShape(lanes: number): LaneShape {
  return lanes > MANY ? DENSE : ROOMY;
}

/** Numbers of lanes, the last one included. Empty if `last` is below `first`. */
export interface LaneRange {
  readonly first: number;
  readonly last: number;
}

/** The lanes of which something is seen in a window of that height. */
export function visibleLanes(shape: LaneShape, lanes: number, scrollTop: number, height: number): LaneRange {
  const first = Math.max(0, Math.floor(scrollTop / shape.height));
  const last = Math.min(lanes - 1, Math.ceil((scrollTop + height) / shape.height) - 1);
  return { first, last };
}

/** What is at a height in the window: a lane, and which of its rows; undefined below the last lane. */
export function laneAt(
  shape: LaneShape,
  lanes: number,
  y: number,
): { readonly lane: number; readonly row: "activity" | "holding" } | undefined {
  const lane = Math.floor(y / shape.height);
  if (lane < 0 || lane >= lanes) return undefined;
  return { lane, row: y - lane * shape.height < shape.holdingTop ? "activity" : "holding" };
}

/** Where to scroll so that a lane is seen as a whole: as little as possible. */
export function scrollToLane(shape: LaneShape, lane: number, scrollTop: number, height: number): number {
  const top = lane * shape.height;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, Math.min(top, top + shape.height - height));
}
