import type { Snapshot } from "../analysis.js";
import type { OrderedLocks } from "../knowledge/lock-order.js";
import {
  type Location,
  type LockOrder,
  type LockOrderParams,
  type LockStep,
  lockOrderRequest,
  locksRequest,
  type StaticLock,
  type StaticLockEdge,
  type WorkspaceLock,
  type WorkspaceLocks,
} from "../protocol.js";
import { mergedLockOrder } from "../seen-in-run.js";
import type { Site } from "../source/site.js";
import { rangeOf } from "./located-finding.js";
import { placeOf, staticLockEdge } from "./located-lock-order.js";
import { asked } from "./overviews.js";
import type { Session } from "./session.js";

interface ProjectLocks {
  readonly locks: readonly WorkspaceLock[];
  readonly edges: readonly StaticLockEdge[];
}

/** `heddle/locks` and `heddle/lockOrder`: all locks of the workspace, and in which order they are taken. */
export function answerWorkspaceLocks({ connection, diagnostics, overviews, workspace }: Session): void {
  const placeIn =
    (snapshot: Snapshot) =>
    (site: Site): Location => ({ uri: workspace.uriOf(site.file), range: rangeOf(site, snapshot) });

  const all = overviews.over("listing locks", (project): ProjectLocks => {
    const snapshot = workspace.snapshotOfProject(project);
    const { locks, order } = snapshot.knowledge.lockMap;
    const place = placeIn(snapshot);
    const step = (other: "from" | "to", { held, taken, ring, ...ends }: OrderedLocks): LockStep => ({
      ...{ name: ends[other].name, held: place(held), taken: place(taken), isOnRing: ring !== undefined },
    });
    const sites = new Map(locks.map(({ key, site }) => [key, site]));
    const declared = ({ key, name }: StaticLock): StaticLock => {
      const site = sites.get(key);
      return { key: `${project} ${key}`, name, made: site && placeOf(site, snapshot) };
    };
    return {
      locks: locks.map(({ key, name, site, guards, users }) => ({
        ...{ key: `${project} ${key}`, name, place: place(site) },
        guards: guards.map((guard) => ({
          ...{ object: guard.object, place: place(guard.site), places: guard.places, of: guard.of },
        })),
        users: users.map((user) => ({ name: user.name, places: user.places.map(place) })),
        before: order.filter(({ from }) => from.key === key).map((edge) => step("to", edge)),
        after: order.filter(({ to }) => to.key === key).map((edge) => step("from", edge)),
      })),
      edges: order.map((edge) => {
        const { from, to, ...rest } = staticLockEdge(edge, snapshot);
        return { ...rest, from: declared(from), to: declared(to) };
      }),
    };
  });

  connection.onRequest(locksRequest, async (...given: unknown[]): Promise<WorkspaceLocks> => {
    const [, token] = asked<unknown>(given);
    await diagnostics.whenStarted;
    return { locks: (await all(token)).flatMap(({ locks }) => locks) };
  });

  connection.onRequest(lockOrderRequest, async (...given: unknown[]): Promise<LockOrder> => {
    const [params, token] = asked<LockOrderParams>(given);
    await diagnostics.whenStarted;
    const projects = await all(token);
    // Rings of each project count from 0.
    let first = 0;
    const edges = projects.flatMap((project) => {
      const shift = first;
      first += 1 + project.edges.reduce((most, { ring = -1 }) => Math.max(most, ring), -1);
      return project.edges.map((edge) => ({
        ...edge,
        ring: edge.ring === undefined ? undefined : edge.ring + shift,
      }));
    });
    return mergedLockOrder(params?.seen ?? { locks: [], edges: [] }, edges);
  });
}
