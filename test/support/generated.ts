import { readdirSync, readFileSync } from "node:fs";
import { type Level, levels } from "../../server/src/finding.js";
import type { Rule } from "../../server/src/rules/rule.js";
import { seenKinds } from "../../server/src/seen-kinds.js";
import { modelSchema } from "./model-schema.js";
import { repositoryRoot } from "./repository.js";

/** A file, or a part of one, that follows from the rules' folder. */
export interface Generated {
  readonly file: string;
  /** The whole file as it should be. */
  text(): string;
}

/** What those who read recorded runs know of the rules. */
export const SEEN_RULES: readonly string[] = [
  "client/src/trace/seen-rules.ts",
  "runtime/src/trace/findings/seen-rules.ts",
];

/** What editors know of `heddle.config.json`. */
const CONFIGURATION_SCHEMA = "server/heddle.config.schema.json";

/** What editors know of files that say what a library means. */
const MODEL_SCHEMA = "server/heddle.model.schema.json";

interface KnownRule {
  readonly id: string;
  readonly rule: Rule;
}

/** The rules of the folder: whatever file exports one, so that nobody has to say which files do not. */
async function rulesOfFolder(): Promise<readonly KnownRule[]> {
  const known: KnownRule[] = [];
  for (const name of readdirSync(new URL("server/src/rules/", repositoryRoot)).sort()) {
    const id = name.replace(/\.ts$/, "");
    if (id === name || id === "index") continue;
    const module: { rule?: Rule } = await import(`../../server/src/rules/${id}.js`);
    if (module.rule) known.push({ id, rule: module.rule });
  }
  return known;
}

/** All that is generated. The rules are not taken from their list, which is itself among what may be stale. */
export async function generated(): Promise<readonly Generated[]> {
  const known = await rulesOfFolder();
  return [
    { file: "server/src/rules/index.ts", text: () => registry(known) },
    ...SEEN_RULES.map((file) => ({ file, text: () => seenRules(known) })),
    { file: "README.md", text: () => between(read("README.md"), table(known)) },
    { file: CONFIGURATION_SCHEMA, text: () => configurationSchema(known) },
    { file: MODEL_SCHEMA, text: () => withShortLists(modelSchema()) },
    { file: "package.json", text: () => withSettings(read("package.json"), known) },
  ];
}

function read(file: string): string {
  return readFileSync(new URL(file, repositoryRoot), "utf8");
}

function registry(known: readonly KnownRule[]): string {
  return [
    "// Generated from the files of this folder; `UPDATE=1 npm test` writes it anew.",
    ...[...known.map(({ id }) => `import { rule as ${camelCase(id)} } from "./${id}.js";`), RULE_TYPE].sort(byPath),
    "",
    "/** Every rule by its id. */",
    "export const rules: ReadonlyMap<string, Rule> = new Map([",
    ...known.map(({ id }) => `  ["${id}", ${camelCase(id)}],`),
    "]);",
    "",
  ].join("\n");
}

function seenRules(known: readonly KnownRule[]): string {
  return [
    "// Generated from the rules that say what they are in a recorded run; `UPDATE=1 npm test` writes it anew.",
    "/** The ids of the rules that find in the source what a recorded run can show. */",
    "export const seenRules = {",
    ...known.flatMap(({ id, rule }) => (rule.seenInRun === undefined ? [] : [`  ${rule.seenInRun}: "${id}",`])),
    "};",
    "",
  ].join("\n");
}

const RULE_TYPE = 'import type { Rule } from "./rule.js";';

/** The order in which the formatter wants imports. */
function byPath(a: string, b: string): number {
  const path = (line: string): string => line.slice(line.indexOf("./"), line.indexOf(".js"));
  return path(a) < path(b) ? -1 : 1;
}

function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function table(known: readonly KnownRule[]): string {
  return [
    "| rule | finds | default |",
    "|---|---|---|",
    ...known.map(({ id, rule }) => `| [\`${id}\`](server/src/rules/${id}.md) | ${rule.title} | ${rule.severity} |`),
  ].join("\n");
}

/** What the formatter allows, a comma behind it included. */
const LINE_WIDTH = 120;

const BEGIN = "<!-- rules -->";
const END = "<!-- /rules -->";

/** The text with `inner` between its two markers. */
export function between(text: string, inner: string): string {
  const [before, rest, ...more] = text.split(BEGIN);
  const after = rest?.split(END);
  if (rest === undefined || more.length > 0 || after?.length !== 2) {
    throw new Error(`README.md has the rules' table between one \`${BEGIN}\` and one \`${END}\`.`);
  }
  return `${before}${BEGIN}\n${inner}\n${END}${after[1]}`;
}

/** The manifest with one setting per rule: `heddle.rules` is an object from rule ids to levels. */
function withSettings(manifest: string, known: readonly KnownRule[]): string {
  const parsed = JSON.parse(manifest);
  const setting = parsed.contributes?.configuration?.properties?.["heddle.rules"];
  if (setting?.type !== "object") throw new Error('package.json contributes the setting "heddle.rules", an object.');
  setting.properties = Object.fromEntries(
    settable(known).map(({ id, severity, title }) => [id, { ...levelOf(severity), markdownDescription: `${title}.` }]),
  );
  setting.additionalProperties = false;
  return `${JSON.stringify(parsed, undefined, 2)}\n`;
}

/** What has a level: the rules, and what only runs show. */
function settable(known: readonly KnownRule[]): readonly { id: string; severity: Level; title: string }[] {
  const ofRules = known.map(({ id, rule: { severity, title } }) => ({ id, severity, title }));
  const ofRuns = [...seenKinds].map(([id, title]) => ({ id, severity: "info" as const, title }));
  return [...ofRules, ...ofRuns];
}

function levelOf(severity: Level): { type: string; enum: readonly string[]; default: string } {
  return { type: "string", enum: levels, default: severity };
}

function configurationSchema(known: readonly KnownRule[]): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Heddle's configuration",
    description: "Which findings Heddle reports, and where. Lies at the root of a project, as heddle.config.json.",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { type: "string", description: "Where this schema is, for editors." },
      rules: {
        type: "object",
        description: "How severe the findings of a rule are, by rule id. Errors and warnings fail a check.",
        additionalProperties: false,
        properties: Object.fromEntries(
          settable(known).map(({ id, severity, title }) => [id, { ...levelOf(severity), description: `${title}.` }]),
        ),
      },
      exclude: {
        type: "array",
        description:
          "Files and folders that are left out, as patterns relative to this file: * stays within a name, ** stands for any folders, {a,b} for either.",
        items: { type: "string", pattern: "^[^!/\\\\]" },
      },
      models: {
        type: "array",
        description: "Files that say what libraries mean, as paths from this file.",
        items: { type: "string", minLength: 1 },
      },
    },
  };
  return withShortLists(schema);
}

/** As the formatter wants it, which keeps short lists on one line. */
function withShortLists(schema: object): string {
  const text = JSON.stringify(schema, undefined, 2).replace(
    /^(.*)\[\n\s+("[^\]]*")\n\s+\]/gm,
    (whole, before: string, items: string) => {
      const line = `${before}[${items.replace(/\s+/g, " ")}]`;
      return line.length < LINE_WIDTH ? line : whole;
    },
  );
  return `${text}\n`;
}
