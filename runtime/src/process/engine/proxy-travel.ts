/** Proxies of a server's objects on their way: to that server by their names, anywhere else with its address. */
import { StateError } from "../../errors.js";
import { type Caller, proxyFor, Remote, remoteOf } from "../manager/remote.js";
import { defineTraveller } from "../process-codec.js";
import { strangeTls } from "../strange-tls.js";
import type { Clients } from "./clients.js";

/** A thread's way to a server. */
interface EngineClient<S, P> extends Caller {
  readonly plan: P;
  readonly isGone: boolean;
  leave(): void;
  /** What the server knows an object by. */
  subjectOf(object: number): S;
  /** The object's number, for one more proxy of it. */
  reach(subject: S): number;
  /** A new proxy of the object. */
  proxy(subject: S): object;
}

interface Travels<S, P, C extends EngineClient<S, P>> {
  /** The server's name. */
  readonly product: string;
  readonly type: abstract new (...args: never[]) => C;
  readonly clients: Clients<P, C>;
  /** What others say of an object. @throws TypeError somebody made it up */
  checked(subject: S): S;
  /** Of a proxy in a message to another server; without it, that goes. */
  refusal?(): Error;
}

/** `place`: undefined on the way to its own server. */
interface Token<S, P> {
  readonly subject: S;
  readonly place: P | undefined;
}

/** Lets proxies go to other threads, processes and servers. */
export function letProxiesTravel<
  S extends { readonly kind: string },
  P extends { readonly tls: object | undefined },
  C extends EngineClient<S, P>,
>({ product, type, clients, checked, refusal }: Travels<S, P, C>): void {
  /** @throws StateError it is known to nobody where it is */
  const arrivedFrom = (client: C | undefined, subject: S): object => {
    if (client === undefined) throw new StateError(`A proxy of ${product} came without its address.`);
    return client.proxy(checked(subject));
  };

  defineTraveller(product.toLowerCase(), {
    leave(value): Token<S, P> | undefined {
      const remote = remoteOf(value);
      const client = remote?.client;
      if (remote === undefined || !(client instanceof type)) return undefined;
      const { current } = clients;
      if (current !== undefined && client !== current && refusal !== undefined) throw refusal();
      return { subject: client.subjectOf(remote.id), place: client === current ? undefined : client.plan };
    },
    arrive(data) {
      const { subject, place } = data as Token<S, P>;
      return arrivedFrom(place === undefined ? clients.current : clients.of(place), subject);
    },
    arriveStrange(data) {
      const { subject, place } = data as Token<S, P>;
      if (place === undefined) return arrivedFrom(clients.current, subject);
      const known = checked(subject);
      return proxyFor(
        Remote.later(known.kind, () => {
          const client = clients.of({ ...place, tls: strangeTls(place.tls) });
          return { client, id: client.reach(known) };
        }),
      );
    },
  });
}

/** The client of a proxy, and the number of its object. @throws TypeError it is another server's, or none */
export function reachedBy<C>(
  proxy: object,
  type: abstract new (...args: never[]) => C,
  product: string,
): { readonly client: C; readonly id: number } {
  const remote = remoteOf(proxy);
  const client = remote?.client;
  if (remote !== undefined && client instanceof type) return { client, id: remote.id };
  throw new TypeError(`This is no proxy of ${product}.`);
}
