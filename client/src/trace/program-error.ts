/** What cannot be run, as a sentence that says what to do. */
export class ProgramError extends Error {}
