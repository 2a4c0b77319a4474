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

/**
 * A request beyond LSP's own: what the analysis and the user say of things that a recorded run showed. Blocks the server
 * while a project is analysed for the first time.
 */
export const seenRequest = "heddle/seen";

export interface SeenParams {
  readonly findings: readonly SeenFinding[];
  /** Files of the program that ran, by their paths. What only the analysis finds in them is told. */
  readonly files: readonly string[];
  /** Undefined: nobody wants to know what the source says of it. */
  readonly lockOrder?: SeenLockOrder | undefined;
}

/** Something that went wrong in a run. */
export interface SeenFinding {
  /** The rule that finds the same in the source; what went wrong where there is none. */
  readonly id: string;
  readonly places: readonly SeenPlace[];
}

/** Line and column count from 1, as in traces. */
export interface SeenPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Which locks are taken while others are held: by threads of a run, by the source, or both. */
export interface LockOrder {
  /** What edges name by its place here. */
  readonly locks: readonly OrderedLock[];
  /** Those that were seen most often first, and at last those that only the source has. */
  readonly edges: readonly LockOrderEdge[];
}

/** The same as far as a run showed it. */
export interface SeenLockOrder {
  readonly locks: readonly OrderedLock[];
  readonly edges: readonly Omit<LockOrderEdge, "origin">[];
}

/** A lock, or all that are made at one place. */
export interface OrderedLock {
  readonly name: string;
  /** How many were seen that are made there; 0: none. */
  readonly count: number;
  /** Where they are made; undefined where that is not known. */
  readonly made: SeenPlace | undefined;
}

/** One lock is taken while another is held. */
export interface LockOrderEdge {
  /** The lock that is held. */
  readonly from: number;
  /** The one that is taken meanwhile. */
  readonly to: number;
  /** Whether threads were seen to do so, or the source may, or both. */
  readonly origin: "seen" | "static" | "both";
  /** Where the first lock is taken; undefined where that was not recorded. */
  readonly held: SeenPlace | undefined;
  /** Where the second is. */
  readonly taken: SeenPlace | undefined;
  /** The thread that was seen to do so first; undefined: none was. */
  readonly thread: string | undefined;
  /** How often it was seen. */
  readonly times: number;
  /** Edges with one number are on one ring that can deadlock, as a finding says; undefined: on none. */
  readonly ring: number | undefined;
}

/** One lock is taken while another is held, as the source says. */
export interface StaticLockEdge {
  readonly from: StaticLock;
  readonly to: StaticLock;
  readonly held: PlaceRange;
  readonly taken: PlaceRange;
  /** Edges with one number are on one ring of locks that the analysis finds; undefined: on none. */
  readonly ring: number | undefined;
}

/** A lock as the source knows it. */
export interface StaticLock {
  /** By it locks are told apart. */
  readonly key: string;
  readonly name: string;
  /** Where it is declared; undefined where that was not asked for. */
  readonly made?: SeenPlace | undefined;
}

/** From its line and column up to those of its end. */
export interface PlaceRange extends SeenPlace {
  readonly endLine: number;
  readonly endColumn: number;
}

/** The answer to the request. */
export interface SeenAnswer {
  /** One for each of the findings. */
  readonly verdicts: readonly SeenVerdict[];
  /** What no run showed so far, of rules about what a run can show. */
  readonly unseen: readonly StaticFinding[];
  /** The order that was seen and that of the source in one; undefined where it was not asked for. */
  readonly lockOrder?: LockOrder | undefined;
}

export interface SeenVerdict {
  /** What the user wants the rule to be reported as; undefined where nobody said. */
  readonly level: "error" | "warning" | "info" | "off" | undefined;
  /** By a comment at one of the places. */
  readonly isSuppressed: boolean;
  /** What the analysis found of the same. */
  readonly known: StaticFinding | undefined;
}

/** What the analysis found, with the places that it names, the one that matters most first. */
export interface StaticFinding {
  readonly ruleId: string;
  readonly message: string;
  readonly fingerprint: string;
  readonly places: readonly (SeenPlace & { readonly endLine: number; readonly what: string })[];
}

/**
 * A request beyond LSP's own: where the lock at a position is taken, by anybody, or by those who may hold it while the
 * function there waits for it. The answer is null where no lock is taken or given back.
 */
export const lockUsersRequest = "heddle/lockUsers";

export interface LockUsersParams {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
  readonly who: "acquirers" | "holders";
}

export interface LockUsers {
  /** What the user calls the lock. */
  readonly lock: string;
  readonly places: readonly Location[];
}

/** As LSP has it. */
export interface Location {
  readonly uri: string;
  readonly range: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
}

/** A command that an editor may offer to have: it shows places beside one, as code lenses want it. */
export const showPlacesCommand = "heddle.showPlaces";

/** A command that an editor may offer to have: it asks for a reason, and applies the edit it gets for it. */
export const suppressCommand = "heddle.suppress";

/**
 * A request beyond LSP's own: the edit that suppresses a finding with a comment. The answer is an LSP workspace edit, or null
 * where the finding is gone or no comment can stand above it.
 */
export const suppressRequest = "heddle/suppress";

export interface SuppressParams {
  readonly uri: string;
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly reason: string;
}

/** A request beyond LSP's own, without parameters: how the server is. The answer is `ServerStatus`; nothing is analysed for it. */
export const statusRequest = "heddle/status";

export interface ServerStatus {
  readonly version: string;
  readonly processId: number;
  /** What the process takes of memory. */
  readonly megabytes: number;
  readonly openFiles: number;
  /** Those in memory, the most recently used last. */
  readonly projects: readonly ProjectStatus[];
  /** What failed last, with the reason; undefined: nothing did. */
  readonly lastError: string | undefined;
}

export interface ProjectStatus {
  /** The path of the tsconfig, or of the folder without one. */
  readonly name: string;
  readonly files: number;
  /** How long it took last to find what is found now; undefined: that was found by an earlier server, or nobody asked yet. */
  readonly milliseconds: number | undefined;
}

/**
 * A request beyond LSP's own: what is found in the whole workspace, a project at a time. It can be cancelled between two projects;
 * what was looked at by then is known the next time.
 */
export const findingsRequest = "heddle/findings";

export interface FindingsParams {
  /** Whether to tell which locks findings are about. That takes programs which are read, findings alone may be the last server's. */
  readonly withLocks: boolean;
}

export interface WorkspaceFindings {
  /** In the order of their files and places; of very many the first ones. */
  readonly findings: readonly WorkspaceFinding[];
  /** How many there are. */
  readonly total: number;
}

export interface WorkspaceFinding {
  readonly ruleId: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly place: Location;
  readonly related: readonly { readonly message: string; readonly place: Location }[];
  /** Those that it is about; empty where nobody asked. */
  readonly locks: readonly { readonly key: string; readonly name: string }[];
}

/** A request beyond LSP's own, without parameters: the locks of the whole workspace. It is cancelled as the one above. */
export const locksRequest = "heddle/locks";

export interface WorkspaceLocks {
  /** In the order of the places where they are declared. */
  readonly locks: readonly WorkspaceLock[];
}

/** A lock, what it guards, who takes it, and what is taken before and after it. */
export interface WorkspaceLock {
  readonly key: string;
  readonly name: string;
  /** Where it is declared, or taken first. */
  readonly place: Location;
  readonly guards: readonly {
    readonly object: string;
    readonly place: Location;
    /** At how many of the places that matter it is held. */
    readonly places: number;
    readonly of: number;
  }[];
  readonly users: readonly { readonly name: string; readonly places: readonly Location[] }[];
  /** The locks that are taken while it is held. */
  readonly before: readonly LockStep[];
  /** The locks that are held while it is taken. */
  readonly after: readonly LockStep[];
}

/** Another lock, and where the first of the two is taken, and then the second. */
export interface LockStep {
  readonly name: string;
  readonly held: Location;
  readonly taken: Location;
  /** Whether the two are on a ring that can deadlock. */
  readonly isOnRing: boolean;
}

/**
 * A request beyond LSP's own: in which order the locks of the whole workspace are taken, with what a run showed. The answer is
 * a `LockOrder`; it is cancelled as those above.
 */
export const lockOrderRequest = "heddle/lockOrder";

export interface LockOrderParams {
  /** Undefined: there is no run. */
  readonly seen?: SeenLockOrder | undefined;
}

/**
 * A notification beyond LSP's own, without parameters: what was answered to one of the three requests above may be another by now.
 * It is sent once, and again after the next of them.
 */
export const changedNotification = "heddle/changed";
