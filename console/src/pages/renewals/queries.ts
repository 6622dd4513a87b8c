import { queryOptions } from '@tanstack/react-query';

import { request, segment } from '~/api/client';
import type { Renewal, RenewalItem, RenewalLine } from '~/api/types';

const kWhileItRunsMs = 1000;
const kWhileItWaitsMs = 5000;

export interface Plan {
  items: RenewalItem[];
  needs_approval: boolean;
}

/** What a plan would hold; nothing is changed. */
export const planQuery = queryOptions({
  queryKey: ['renewals', 'plan'],
  queryFn: () => request<Plan>('POST', '/renewals', { body: { dry_run: true } }),
  gcTime: 0,
});

export const renewalsQuery = queryOptions({
  queryKey: ['renewals', 'all'],
  queryFn: async () => (await request<{ renewals: RenewalLine[] }>('GET', '/renewals')).renewals,
  refetchInterval: kWhileItWaitsMs,
});

export function renewalQuery(id: string) {
  return queryOptions({
    queryKey: ['renewals', id],
    queryFn: () => request<Renewal>('GET', '/renewals/' + segment(id)),
    refetchInterval: ({ state: { data } }) =>
      !data || data.ended !== null ? false : data.state === 'running' ? kWhileItRunsMs : kWhileItWaitsMs,
  });
}
