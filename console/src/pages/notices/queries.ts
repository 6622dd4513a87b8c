import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { queryOf, request, segment } from '~/api/client';
import type { NoticeChannel, NoticeKind, NoticeSubscription, PostedNotice } from '~/api/types';

export const channelsQuery = queryOptions({
  queryKey: ['notices', 'channels'],
  queryFn: async () => (await request<{ channels: NoticeChannel[] }>('GET', '/notices/channels')).channels,
});

export function channelQuery(id: string) {
  return queryOptions({
    queryKey: ['notices', 'channels', id],
    queryFn: () => request<NoticeChannel>('GET', '/notices/channels/' + segment(id)),
  });
}

export const kindsQuery = queryOptions({
  queryKey: ['notices', 'kinds'],
  staleTime: Infinity,
  queryFn: async () => (await request<{ kinds: NoticeKind[] }>('GET', '/notices/kinds')).kinds,
});

export const subscriptionsQuery = queryOptions({
  queryKey: ['notices', 'subscriptions'],
  queryFn: async () =>
    (await request<{ subscriptions: NoticeSubscription[] }>('GET', '/notices/subscriptions')).subscriptions,
});

const kOnPage = 20;

/** Newest first; what is on its way is looked at again. */
export const recentQuery = infiniteQueryOptions({
  queryKey: ['notices', 'recent'],
  initialPageParam: '',
  queryFn: async ({ pageParam }) =>
    (await request<{ notices: PostedNotice[] }>('GET', '/notices' + queryOf({ limit: kOnPage, before: pageParam })))
      .notices,
  getNextPageParam: (last) => (last.length < kOnPage ? undefined : last[last.length - 1]?.id),
  refetchInterval: 10_000,
});
