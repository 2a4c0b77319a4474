export * from "./decode.js";
export { type RecordingOptions, startRecording } from "./start.js";
export * from "./summary.js";
