import type { Site } from "../source/site.js";

/** What a function does while it has a lock for a lease: it asks about the lease, and changes what others see. */
export type LeaseEvent = LeaseAsked | Outside;

/** The holder of a lock looks at its lease, or at the token that numbers its turns. */
export interface LeaseAsked {
  readonly kind: "lease-asked";
  readonly for: "signal" | "token";
  /** Whether it says only how things are at this moment, and nobody else is given it. */
  readonly isLook: boolean;
  readonly site: Site;
}

/** What lies outside of the program, for others as well, is asked or changed. */
export interface Outside {
  readonly kind: "outside";
  readonly does: "read" | "write";
  readonly isBrief: boolean;
  /** Whether whoever is asked could refuse, if it were told the fencing token. */
  readonly canRefuse: boolean;
  /** What is called or assigned, as written. */
  readonly text: string;
  readonly site: Site;
}
