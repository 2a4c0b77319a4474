export * from "./compare.js";
export * from "./decode.js";
export * from "./export.js";
export type { FindingKind, FindingPlace, TraceFinding } from "./findings/finding.js";
export type { SeenLock, SeenLockEdge, SeenLockOrder } from "./findings/lock-classes.js";
export type { MessageSummary } from "./message-figures.js";
export { type RecordingOptions, startRecording } from "./start.js";
export * from "./statistics.js";
export * from "./summary.js";
