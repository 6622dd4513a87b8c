import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { request, segment } from '~/api/client';
import type { Connection, Heartbeat, LiveConnections } from '~/api/types';
import { pageStream } from '~/live/page_stream';
import { queries, useMay } from '~/session/session';

import { merged } from './live_list';

/** All connections. The page's stream keeps them as they are. */
export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  staleTime: Infinity,
  queryFn: async () => (await request<{ connections: Connection[] }>('GET', '/connections')).connections,
});

export function connectionQuery(id: string) {
  return queryOptions({
    queryKey: ['connections', id],
    staleTime: 0,
    queryFn: () => request<Connection>('GET', '/connections/' + segment(id)),
  });
}

export function useConnections() {
  return useQuery(connectionsQuery);
}

/** How a connection was at its last tests, newest first; asked anew when it was tested again. */
export function useHeartbeats(connection: Connection, limit: number) {
  const { id, last_test_run: run, state, last_test: at } = connection;
  return useQuery({
    queryKey: ['heartbeats', id, limit, run, state, at],
    queryFn: async () =>
      (await request<{ heartbeats: Heartbeat[] }>('GET', `/connections/${segment(id)}/heartbeats?limit=${limit}`))
        .heartbeats,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

/** Follows the page's stream into the list. */
export function useConnectionStream(): void {
  const may = useMay('see_connections');
  useEffect(() => {
    if (!may) return;
    const key = connectionsQuery.queryKey;
    return pageStream.claim({
      url: '/events',
      on: {
        snapshot: (data) => queries.setQueryData(key, (data as LiveConnections).connections),
        change: (data) => queries.setQueryData(key, (before) => merged(before ?? [], data as LiveConnections)),
      },
    });
  }, [may]);
}
