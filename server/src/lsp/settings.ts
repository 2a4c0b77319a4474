import { type Level, levels } from "../finding.js";
import { rules } from "../rules/index.js";
import { seenKinds } from "../seen-kinds.js";

/** The section `heddle` of the editor's settings, as far as it is the server's business. */
export interface Settings {
  readonly severities: ReadonlyMap<string, Level>;
  /** The folder of the rule pages on the web; undefined: the pages that come with the server. */
  readonly docsBase: string | undefined;
  /** Whether the findings of files that are not open are shown too. */
  readonly showsWholeWorkspace: boolean;
  /** Whether hints stand at the start and end of critical sections. */
  readonly showsSections: boolean;
  /** Whether it stands above what threads share which lock guards it. */
  readonly showsGuards: boolean;
}

export const defaultSettings: Settings = {
  severities: new Map(),
  docsBase: undefined,
  showsWholeWorkspace: false,
  showsSections: true,
  showsGuards: true,
};

/** Reads settings from outside. What cannot be used is left at its default and named in `problems`. */
export function parseSettings(value: unknown): { settings: Settings; problems: readonly string[] } {
  const problems: string[] = [];
  const severities = new Map<string, Level>();
  const { rules: levelsById, docsBase, inlayHints, codeLens, diagnostics } = recordOf(value) ?? {};
  if (levelsById !== undefined && recordOf(levelsById) === undefined) {
    problems.push("The setting heddle.rules is not an object of rule ids and levels.");
  }
  for (const [id, level] of Object.entries(recordOf(levelsById) ?? {})) {
    if (!rules.has(id) && !seenKinds.has(id))
      problems.push(`The setting heddle.rules names "${id}", and there is no such rule.`);
    else if (!isLevel(level))
      problems.push(`The setting heddle.rules gives "${id}" a level that is none: use error, warning, info or off.`);
    else severities.set(id, level);
  }
  if (docsBase !== undefined && docsBase !== null && typeof docsBase !== "string") {
    problems.push("The setting heddle.docsBase is no text.");
  }
  const scope = recordOf(diagnostics)?.scope;
  if (scope !== undefined && scope !== "openFiles" && scope !== "workspace") {
    problems.push('The setting heddle.diagnostics.scope is neither "openFiles" nor "workspace".');
  }
  const flag = (section: unknown, group: string, name: string): boolean => {
    const value = recordOf(section)?.[name];
    if (value !== undefined && typeof value !== "boolean") {
      problems.push(`The setting heddle.${group}.${name} is neither true nor false.`);
    }
    return value !== false;
  };
  return {
    settings: {
      showsWholeWorkspace: scope === "workspace",
      showsSections: flag(inlayHints, "inlayHints", "criticalSections"),
      showsGuards: flag(codeLens, "codeLens", "guards"),
      severities,
      docsBase: typeof docsBase === "string" && docsBase !== "" ? docsBase : undefined,
    },
    problems,
  };
}

function isLevel(value: unknown): value is Level {
  return levels.some((level) => level === value);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
