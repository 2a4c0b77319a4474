/** A page that starts a program in a worker. */
interface PageScope {
  readonly Worker: new (url: string, options: { readonly type: "module" }) => object;
}

new (globalThis as unknown as PageScope).Worker("/own-worker.js", { type: "module" });
