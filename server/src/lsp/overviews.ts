import { setImmediate as turn } from "node:timers/promises";
import { type CancellationToken, type Connection, LSPErrorCodes, ResponseError } from "vscode-languageserver/node";
import { changedNotification } from "../protocol.js";
import type { Log } from "./log.js";
import type { Workspace } from "./workspace.js";

/** What is told of one project, and of which state of it. */
interface Told<T> {
  readonly revision: string;
  readonly answer: T;
}

/** What a handler of requests is given. Without parameters, which some editors leave out, there is the token alone. */
export function asked<Params>(given: readonly unknown[]): readonly [Params | undefined, CancellationToken] {
  return [
    given.length > 1 ? ((given[0] ?? undefined) as Params | undefined) : undefined,
    given.at(-1) as CancellationToken,
  ];
}

/**
 * What is asked about the whole workspace. Projects are looked at one after the other, with a turn of the editor between; what was
 * told of one is told again as long as nothing of it changed.
 */
export class Overviews {
  readonly #connection: Connection;
  readonly #log: Log;
  readonly #workspace: Workspace;
  /** When somebody asked last; undefined: nobody has since they were told of a change. */
  #asked: number | undefined;

  constructor(connection: Connection, log: Log, workspace: Workspace) {
    this.#connection = connection;
    this.#log = log;
    this.#workspace = workspace;
  }

  /**
   * Returns a function that gathers what `look` says of each project. Where that fails it is left out, and the log says so.
   * The promise is rejected with an LSP error when the token is cancelled.
   */
  over<T>(what: string, look: (project: string) => T): (token: CancellationToken) => Promise<readonly T[]> {
    let known = new Map<string, Told<T>>();
    const guarded = this.#log.guard(what, undefined, (project: string) => ({ answer: look(project) }));
    return async (token) => {
      const next = new Map<string, Told<T>>();
      // The first of those who ask counts: what the others are told may be newer.
      this.#asked ??= this.#workspace.revision;
      for (const project of this.#projects()) {
        const revision = this.#workspace.revisionOf(project);
        let told = known.get(project);
        if (told?.revision !== revision) {
          await turn();
          if (token.isCancellationRequested) {
            // Those that were not come to are as fresh as they were.
            known = new Map([...known, ...next]);
            throw new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled between two projects.");
          }
          const found = guarded(project);
          told = found && { revision, answer: found.answer };
        }
        if (told) next.set(project, told);
      }
      known = next;
      return [...next.values()].map(({ answer }) => answer);
    };
  }

  /** Tells the editor if what it was told may be another by now. */
  compare(): void {
    if (this.#asked === undefined || this.#asked === this.#workspace.revision) return;
    this.#asked = undefined;
    void this.#connection.sendNotification(changedNotification);
  }

  #projects(): readonly string[] {
    return [...new Set([...this.#workspace.filesByProject().keys(), ...this.#workspace.projectsOfOpenFiles])].sort();
  }
}
