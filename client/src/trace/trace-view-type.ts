/** The custom editor for traces, as the manifest names it. */
export const traceViewType = "heddle.trace";
