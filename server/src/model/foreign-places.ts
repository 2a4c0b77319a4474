import type { FileModels } from "./function-model.js";

/**
 * The other files in which the models of a file name places: where a lock was made, or annotated. Those places move with
 * every edit there, also with one that nobody else sees anything of.
 */
export function foreignFiles(models: FileModels, home: string): ReadonlySet<string> {
  const files = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("file" in value && typeof value.file === "string" && "start" in value) {
      if (value.file !== home) files.add(value.file);
    } else if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
      for (const each of value.values()) visit(each);
    } else for (const each of Object.values(value)) visit(each);
  };
  for (const { nodes } of models) for (const { event } of nodes) visit(event);
  return files;
}
