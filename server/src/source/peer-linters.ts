import { posix } from "node:path";

/** Where typescript-eslint and Biome are told which rules to apply, in the order in which they look. */
const CONFIGURATIONS = [
  ...["js", "mjs", "cjs", "ts", "mts", "cts"].map((ending) => `eslint.config.${ending}`),
  ...[".eslintrc", ".eslintrc.json", ".eslintrc.js", ".eslintrc.cjs", ".eslintrc.yml", ".eslintrc.yaml"],
  ...["biome.json", "biome.jsonc"],
];

/** The sets of typescript-eslint that have all of its rules about promises. */
const WITH_TYPES =
  /\b(?:recommended|strict)(?:-requiring-type-checking|-type-checked|TypeChecked)\b|\b(?:flat\/)?all\b["'\]]/;

/**
 * Tells whether a workspace has another linter's rule on: by the text of the configurations in the nearest folder upward
 * that has one, because to run them would be to run the workspace's code. What they import is not looked into; a rule
 * that is turned off somewhere counts as off.
 */
export class PeerLinters {
  readonly #texts: readonly string[];

  constructor(directory: string, read: (file: string) => string | undefined) {
    this.#texts = configurationsFor(directory, read);
  }

  /** @param name as its linter calls it: `no-floating-promises`, `noFloatingPromises` */
  has(name: string): boolean {
    const ofName = new RegExp(`["'/]${name}["']\\s*:\\s*(?:\\[\\s*|\\{\\s*["']level["']\\s*:\\s*)?["']?(\\w+)`, "g");
    const levels = this.#texts.flatMap((text) => [...text.matchAll(ofName)].map(([, level]) => level ?? ""));
    if (levels.length > 0) return levels.every((level) => level !== "off" && level !== "0");
    return name.includes("-") && this.#texts.some((text) => WITH_TYPES.test(text));
  }
}

function configurationsFor(directory: string, read: (file: string) => string | undefined): readonly string[] {
  for (let folder = directory; ; folder = posix.dirname(folder)) {
    const texts = CONFIGURATIONS.flatMap((name) => read(posix.join(folder, name)) ?? []);
    if (texts.length > 0 || posix.dirname(folder) === folder) return texts;
  }
}
