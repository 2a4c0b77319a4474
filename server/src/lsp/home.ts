import { Analysis, type Severities, type Snapshot } from "../analysis.js";
import { type Configuration, isExcluded } from "../configuration.js";
import type { Project } from "../source/project.js";

/** One project under analysis: where the findings of its files come from. */
export class Home {
  #project: Project;
  #analysis: Analysis;
  #snapshot: Snapshot | undefined;
  readonly #files: Set<string>;
  /** Changes since the last snapshot. An edit costs nothing until somebody asks. */
  readonly #pending = new Map<string, string | undefined>();

  readonly #configuration: Configuration;

  /** `severities` are the user's own, which count more than those of the configuration. */
  constructor(project: Project, configuration: Configuration, severities: Severities) {
    this.#project = project;
    this.#configuration = configuration;
    this.#files = new Set([...project.files, ...project.declarations]);
    this.#analysis = new Analysis(project, {
      severities: new Map([...configuration.severities, ...severities]),
      excludes: (file) => isExcluded(file, configuration),
      models: configuration.models,
    });
  }

  get project(): Project {
    return this.#project;
  }

  /** Whether the configuration names this file as one that says what a library means. */
  isModelFile(file: string): boolean {
    return this.#configuration.modelFiles.includes(file);
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  /** The text of a file changed; undefined: it is what the disk says. */
  change(file: string, text: string | undefined): void {
    this.#files.add(file);
    this.#pending.set(file, text);
  }

  /** Takes over other severities. Returns false if that needs a new home: other files are left out, or libraries mean something else. */
  configure(configuration: Configuration, severities: Severities): boolean {
    const fixed = ({ file, exclude, models }: Configuration) =>
      JSON.stringify([exclude.length === 0 ? [] : [file, exclude], models]);
    if (fixed(configuration) !== fixed(this.#configuration)) return false;
    this.#analysis.severities = new Map([...configuration.severities, ...severities]);
    this.#snapshot = undefined;
    return true;
  }

  /** Takes over what the project has become on disk. Returns false if that needs a new home: other options, or declarations that came or went. */
  adopt(project: Project, isOpen: (file: string) => boolean): boolean {
    const whole = ({ options, declarations }: Project) => JSON.stringify([options, declarations]);
    if (whole(project) !== whole(this.#project)) return false;
    const before = new Set(this.#project.files);
    const after = new Set(project.files);
    for (const file of after) if (!before.has(file) && !isOpen(file)) this.change(file, undefined);
    for (const file of before) if (!after.has(file) && !isOpen(file)) this.change(file, undefined);
    this.#project = project;
    return true;
  }

  snapshot(): Snapshot {
    if (this.#pending.size > 0) {
      this.#analysis.update([...this.#pending].map(([file, text]) => ({ file, text })));
      this.#pending.clear();
      this.#snapshot = undefined;
    }
    this.#snapshot ??= this.#analysis.snapshot();
    return this.#snapshot;
  }
}
