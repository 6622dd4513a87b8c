import type { Connection, LiveConnections } from '~/api/types';

/** The list after a change: what is new at its end, what was deleted gone, everything else where it was. */
export function merged(before: readonly Connection[], change: LiveConnections): Connection[] {
  const changed = new Map(change.connections.map((one) => [one.id, one]));
  const deleted = new Set(change.deleted);
  const after: Connection[] = [];
  for (const one of before) {
    if (deleted.has(one.id)) continue;
    after.push(changed.get(one.id) ?? one);
    changed.delete(one.id);
  }
  return [...after, ...changed.values()];
}
