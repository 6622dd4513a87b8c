import { queryOptions } from '@tanstack/react-query';

import { request } from '~/api/client';
import type { Secret, SecretsPolicy } from '~/api/types';

export interface Secrets {
  secrets: Secret[];
  due: number;
  policy: SecretsPolicy;
}

export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: () => request<Secrets>('GET', '/secrets'),
});
