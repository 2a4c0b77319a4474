import { type ConnectionStrategy, LSPErrorCodes, Message } from "vscode-languageserver/node";

/** Requests that are cancelled before their turn are refused at once: an editor at which somebody types asks for little else. */
export const cancelsWaitingRequests: ConnectionStrategy = {
  cancelUndispatched: (message, next) =>
    Message.isRequest(message)
      ? {
          jsonrpc: message.jsonrpc,
          id: message.id,
          error: { code: LSPErrorCodes.RequestCancelled, message: "The request was cancelled before its turn." },
        }
      : next(message),
};
