/**
 * Builds what ships of the server into server/dist: one CommonJS bundle (as an ES module ts-morph fails at start), what
 * starts it, and beside them what the bundle reads at run time: the pages of the rules, the declarations that stand in where a
 * workspace has none, and the runtime for `heddle run` of programs without one (it must be built before). The schema of
 * the configuration is for editors.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = `${here}dist`;

/**
 * Every name of the compiler's namespace is a getter, behind a second one in ts-morph. The engine asks for tens of
 * millions of them, so in the bundle the namespace is an object of plain values; as a prototype, because those are
 * what V8 keeps in its fast form however many properties they have.
 */
const plainCompiler = {
  name: "plain-compiler",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^ts-morph$/ }, ({ importer, resolveDir }) =>
      importer.startsWith(`${here}src`) ? { path: "ts-morph", namespace: "plain", pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "plain" }, ({ pluginData }) => ({
      contents: `
        import { ts as named } from "ts-morph";
        const plain = { ...named };
        new (Object.assign(function () {}, { prototype: plain }))();
        export { plain as ts };`,
      resolveDir: pluginData,
    }));
  },
};

await rm(dist, { recursive: true, force: true });
await build({
  entryPoints: { heddle: `${here}src/start.ts`, engine: `${here}src/cli.ts` },
  outdir: dist,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  // What starts the engine reads it as such.
  charset: "ascii",
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [plainCompiler],
  // Each use has a CommonJS way beside it, which is the one taken in the bundle.
  logOverride: { "empty-import-meta": "silent" },
  logLevel: "warning",
});

await mkdir(`${dist}/rules`);
for (const name of await readdir(`${here}src/rules`)) {
  if (name.endsWith(".md")) await cp(`${here}src/rules/${name}`, `${dist}/rules/${name}`);
}

for (const schema of ["heddle.config.schema.json", "heddle.model.schema.json"]) {
  await cp(`${here}${schema}`, `${dist}/${schema}`);
}
await cp(`${here}types`, `${dist}/types`, { recursive: true });
await mkdir(`${dist}/types/heddle`);
const runtime = `${here}../runtime/dist`;
for (const name of await readdir(runtime, { recursive: true })) {
  if (name.endsWith(".d.ts")) await cp(`${runtime}/${name}`, `${dist}/types/heddle/${name}`);
  if (/\.c?js$/.test(name)) await cp(`${runtime}/${name}`, `${dist}/runtime/${name}`);
}
// What `#host` means; `type` and `imports` of a package count for the files below it.
const { type, imports } = JSON.parse(await readFile(`${here}../runtime/package.json`, "utf8"));
await writeFile(`${dist}/runtime/package.json`, JSON.stringify({ type, imports }).replaceAll('"./dist/', '"./'));
