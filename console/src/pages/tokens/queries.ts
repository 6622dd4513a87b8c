import { queryOptions } from '@tanstack/react-query';

import { request } from '~/api/client';
import type { Token } from '~/api/types';

export function tokensQuery(all: boolean) {
  return queryOptions({
    queryKey: ['tokens', all],
    queryFn: async () => (await request<{ tokens: Token[] }>('GET', '/tokens' + (all ? '?all=true' : ''))).tokens,
  });
}
