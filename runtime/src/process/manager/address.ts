/** Where a manager listens: a host and a port, or a socket that only this user can open. */

import { shownAddress } from "../shown-address.js";

/** Milliseconds without a word after which the system asks whether the other host is still there, where it is another. */
export const SILENCE = 30_000;

/** As Node's sockets want it. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

const SCHEME = "heddle://";
const LARGEST_PORT = 65_535;

/** The target of `heddle://host:port` or `heddle:///path`; without the scheme as well. @throws RangeError it is neither */
export function targetOf(address: string): Target {
  const rest = address.startsWith(SCHEME) ? address.slice(SCHEME.length) : address;
  if (/^(\/|\\\\)/.test(rest)) return { path: rest };
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:/\]]+)):(\d+)\/?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= LARGEST_PORT) return { host, port: Number(port) };
  throw new RangeError(
    `A manager's address is heddle://host:port or heddle:///path/of/a/socket, not ${JSON.stringify(shownAddress(address))}.`,
  );
}

/** What `targetOf` reads. */
export function addressOf(target: Target): string {
  if ("path" in target) return `${SCHEME}${target.path}`;
  const { host, port } = target;
  return `${SCHEME}${host.includes(":") ? `[${host}]` : host}:${port}`;
}
