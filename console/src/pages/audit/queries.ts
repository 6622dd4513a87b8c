import { useInfiniteQuery } from '@tanstack/react-query';

import { queryOf, request } from '~/api/client';
import type { AuditEntry, AuditVerification } from '~/api/types';

/** What is looked for; each stands in the address, so that a view can be handed on. */
export interface AuditFilter {
  actor: string;
  source: string;
  action: string;
  object_kind: string;
  object_id: string;
  outcome: string;
  request_id: string;
  from: string;
  until: string;
}

export const filterNames: (keyof AuditFilter)[] = [
  'actor',
  'source',
  'action',
  'object_kind',
  'object_id',
  'outcome',
  'request_id',
  'from',
  'until',
];

const kPage = 50;

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = queryOf({ ...filter, limit: kPage, ...(pageParam > 0 ? { before: pageParam } : {}) });
      return (await request<{ entries: AuditEntry[] }>('GET', '/audit' + query, { signal })).entries;
    },
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < kPage ? undefined : last.at(-1)?.number),
  });
}

export function verifyTrail(): Promise<AuditVerification> {
  return request<AuditVerification>('POST', '/audit/verify', { body: {} });
}
