/**
 * What the server and its editor clients have agreed on beyond LSP itself. The only file of the server that the client
 * imports, so it imports nothing.
 */

/** Languages the server analyses, by their LSP identifiers. */
export const languageIds = ["typescript", "typescriptreact", "javascript", "javascriptreact"] as const;

/** The `source` of every diagnostic, and the section under which the server asks for its settings. */
export const diagnosticSource = "heddle";

/**
 * A request beyond LSP's own: which calls of `main` make a document a program. The answer is a list of LSP ranges; it is
 * empty for what is not open.
 */
export const mainsRequest = "heddle/mains";

export interface MainsParams {
  readonly uri: string;
}
