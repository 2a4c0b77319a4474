/** What stands where the ticket of a task would, known to pools, their workers, and the desk between processes. */

/** A worker was never ready for a task; and what comes with it is no task's result. */
export const NO_TASK = 0;
/** The worker has done its number of tasks. */
export const RETIRED = -1;
/** The worker was ready, and had no task in hand. */
export const IDLE = -2;
