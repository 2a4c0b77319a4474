/** The repository's root, seen from `out/test/support/`. */
export const repositoryRoot = new URL("../../../", import.meta.url);
