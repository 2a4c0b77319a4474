/** What `tls.connect` may be told by somebody whom this program need not trust. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "minVersion", "maxVersion", "ciphers"],
  ...["rejectUnauthorized", "allowPartialTrustChain"],
]);

/** Of options that came from elsewhere those that name no other place, and no engine: OpenSSL would run its file. */
export function strangeTls(tls: unknown): object | undefined {
  if (typeof tls !== "object" || tls === null) return undefined;
  return Object.fromEntries(Object.entries(tls).filter(([name]) => HARMLESS.has(name)));
}
