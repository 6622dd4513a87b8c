import { queryOptions } from '@tanstack/react-query';

import { request } from '~/api/client';
import type { Status } from '~/api/types';

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => request<Status>('GET', '/status'),
});
