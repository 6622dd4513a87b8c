import { queryOptions } from '@tanstack/react-query';

import { request, segment } from '~/api/client';
import type { Account, AccountDetail } from '~/api/types';

export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: async () => (await request<{ accounts: Account[] }>('GET', '/accounts')).accounts,
});

export function accountQuery(id: string) {
  return queryOptions({
    queryKey: ['accounts', id],
    queryFn: () => request<AccountDetail>('GET', '/accounts/' + segment(id)),
  });
}
