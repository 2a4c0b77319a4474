import { resolve } from "node:path";
import { Analysis, type Severities } from "../analysis.js";
import {
  type Configuration,
  isExcluded,
  nearestConfiguration,
  noConfiguration,
  readConfiguration,
} from "../configuration.js";
import { type Project, ProjectError } from "../source/project.js";
import type { Stopwatch } from "../source/stopwatch.js";
import { readText } from "../source/text.js";

/**
 * A project as its configuration wants it looked at; what is `named`, as it was written, even where that leaves it out.
 * `severities` count more than the configuration's. Blocks. Throws `ProjectError`: half of a configuration with a
 * mistake in it would check something else than was meant.
 */
export function configuredAnalysis(
  project: Project,
  named: readonly string[],
  severities: Severities,
  watch?: Stopwatch,
): Analysis {
  const configuration = configurationOf(project);
  const paths = named.map((path) => resolve(path).replaceAll("\\", "/"));
  return new Analysis(project, {
    severities: new Map([...configuration.severities, ...severities]),
    excludes: (file) => isExcluded(file, configuration, paths),
    models: configuration.models,
    ...(watch ? { watch } : {}),
  });
}

/** All that a project's configuration says, as it is written. Throws as above. */
export function configurationText(project: Project): readonly string[] {
  const { file, modelFiles } = configurationOf(project);
  return [file, ...modelFiles].flatMap((each) => (each === undefined ? [] : [each, readText(each)]));
}

function configurationOf({ directory }: Project): Configuration {
  const file = nearestConfiguration(directory);
  if (file === undefined) return noConfiguration;
  const { configuration, problems } = readConfiguration(file);
  if (problems[0] !== undefined) throw new ProjectError(problems[0]);
  return configuration;
}
