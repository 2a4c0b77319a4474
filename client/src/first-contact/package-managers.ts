/** What brings packages into a folder, as its lock file says. */
export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn" | "bun";
  readonly lockFiles: readonly string[];
  /** The arguments that add a package from a file of the folder; `isPackage`: the folder has a package.json. */
  add(file: string, isPackage: boolean): readonly string[];
}

const packageManagers: readonly PackageManager[] = [
  {
    name: "npm",
    lockFiles: ["package-lock.json", "npm-shrinkwrap.json"],
    // Without a package.json npm would take the nearest folder above that has one.
    add: (file, isPackage) => [
      "install",
      `./${file}`,
      "--no-audit",
      "--no-fund",
      ...(isPackage ? [] : ["--prefix", "."]),
    ],
  },
  { name: "pnpm", lockFiles: ["pnpm-lock.yaml"], add: (file) => ["add", `./${file}`] },
  // Yarn 1 takes the name from the package, later ones want to be told; all of them understand this.
  { name: "yarn", lockFiles: ["yarn.lock"], add: (file) => ["add", `heddle@file:./${file}`] },
  { name: "bun", lockFiles: ["bun.lock", "bun.lockb"], add: (file) => ["add", `./${file}`] },
];

/**
 * Those that a folder may be meant for: the one that `packageManager` of its package.json names, else each whose lock file is
 * there. Where nothing says anything, that is npm, which comes with Node.js.
 */
export function managersOf(files: readonly string[], manifest: unknown): readonly PackageManager[] {
  const wanted =
    typeof manifest === "object" && manifest !== null && "packageManager" in manifest ? manifest.packageManager : "";
  const named = packageManagers.filter(({ name }) => typeof wanted === "string" && wanted.startsWith(`${name}@`));
  if (named.length > 0) return named;
  const there = packageManagers.filter(({ lockFiles }) => lockFiles.some((file) => files.includes(file)));
  return there.length > 0 ? there : packageManagers.slice(0, 1);
}
