import { serve } from "../main.js";
import { type Command, UsageError } from "./arguments.js";

/** `heddle lsp`: the language server, until the editor ends it. */
export const lsp: Command = {
  name: "lsp",
  operands: "--stdio",
  summary: "runs the language server, for an editor",
  options: {
    stdio: { text: "speak over standard input and output" },
    "node-ipc": { text: "speak over the channel of a Node.js parent process" },
    clientProcessId: { value: "pid", text: "end when that process ends" },
  },
  async run(args) {
    if (args.has("stdio") === args.has("node-ipc")) {
      throw new UsageError("lsp needs either --stdio or --node-ipc; editors other than VS Code want --stdio");
    }
    if (args.has("node-ipc") && process.send === undefined) {
      throw new UsageError("lsp --node-ipc needs a Node.js parent process; use --stdio");
    }
    serve();
    return 0;
  },
};
