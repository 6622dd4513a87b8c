import type { Rotation, RotationPlan } from '~/api/types';

/** Who sets the new password. */
export type Way = Rotation['mode'];

interface WayWords {
  name: string;
  does: string;
  needs: string;
}

/** In the order in which they are offered. */
export const ways: Record<Way, WayWords> = {
  delegated_reset: {
    name: 'Delegated reset',
    does: 'The reset account sets a password that Mailward has made. Neither its history nor its minimum age stands in the way, and it can be set back.',
    needs: 'a reset account',
  },
  self_change: {
    name: 'Self change',
    does: 'The account changes its own password. The policy’s history and minimum age hold, and there is no way back.',
    needs: 'a reader in its directory',
  },
  twin: {
    name: 'Twin',
    does: 'Of two accounts the one that rests is renewed and tried on every connection; then all go over to it. No door is closed.',
    needs: 'a second account, with a password typed for each connection',
  },
  external: {
    name: 'Another vault',
    does: 'Another vault sets the password and hands it over. Mailward notices, fetches it, proves it and goes on.',
    needs: 'an address or a program that hands it over',
  },
  manual: {
    name: 'By hand',
    does: 'A person sets it in Active Directory and types it on a connection. With an interval, Mailward reminds in time.',
    needs: '',
  },
};

export const allWays = Object.keys(ways) as Way[];

/** The way that a rotation takes where none is asked for: who has chosen none gets the usual one. */
export function wayOf(plan: Pick<RotationPlan, 'mode' | 'version'>): Way {
  return plan.version === 0 && plan.mode === 'manual' ? 'delegated_reset' : plan.mode;
}
