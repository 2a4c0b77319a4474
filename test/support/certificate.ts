/** A certificate of its own for a test's servers on this machine, made by OpenSSL. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installDebianPackage } from "./debian-package.js";
import { Folder } from "./folder.js";

export class Certificate implements Disposable {
  readonly #folder = new Folder();

  private constructor() {}

  /** Installs OpenSSL where it is missing and can be. */
  static async made(): Promise<Certificate> {
    if (!isOnPath("openssl")) await installDebianPackage("openssl");
    const certificate = new Certificate();
    certificate.#make();
    return certificate;
  }

  #make(): void {
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", this.keyFile];
    const openssl = ["req", "-x509", "-days", "2", ...names, ...key, "-out", this.certFile];
    execFileSync("openssl", openssl, { stdio: ["ignore", "ignore", "pipe"] });
  }

  get certFile(): string {
    return this.#folder.file("cert.pem");
  }

  get keyFile(): string {
    return this.#folder.file("key.pem");
  }

  /** As options of `tls` have them. */
  get pem(): { readonly cert: string; readonly key: string } {
    return { cert: readFileSync(this.certFile, "utf8"), key: readFileSync(this.keyFile, "utf8") };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}
