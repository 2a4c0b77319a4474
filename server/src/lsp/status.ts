import process from "node:process";
import manifest from "../../package.json" with { type: "json" };
import { type ServerStatus, statusRequest } from "../protocol.js";
import type { Session } from "./session.js";

/** `heddle/status`: how the server is, for somebody who wonders. */
export function answerStatus({ connection, log, workspace }: Session): void {
  connection.onRequest(
    statusRequest,
    log.guard("telling how the server is", null, (): ServerStatus => {
      return {
        version: manifest.version,
        processId: process.pid,
        megabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
        openFiles: workspace.openFiles.length,
        projects: workspace.projects,
        lastError: log.lastError,
      };
    }),
  );
}
