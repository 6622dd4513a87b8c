import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';

import { queryOf, request, segment } from '~/api/client';
import type { ExternalSource, OldPassword, Rotation, RotationPlan } from '~/api/types';

const kWhileOneGoesOnMs = 1000;
const kOtherwiseMs = 5_000;

async function rotationsOf(account: string, limit: number, before: string): Promise<Rotation[]> {
  const path = '/rotations' + queryOf({ account, limit, before });
  return (await request<{ rotations: Rotation[] }>('GET', path)).rotations;
}

const askAgainAfter = (rotations: readonly Rotation[]) =>
  rotations.some((one) => one.ended === null) ? kWhileOneGoesOnMs : kOtherwiseMs;

/** The last ones of an account. One that somebody else begins is seen here before long. */
function rotationsQuery(account: string, limit: number) {
  return queryOptions({
    queryKey: ['rotations', 'of', account, limit],
    queryFn: () => rotationsOf(account, limit, ''),
    refetchInterval: ({ state: { data } }) => askAgainAfter(data ?? []),
  });
}

const kPage = 50;

/** All of one account or of all, the newest first, page by page. While older ones are shown, all is asked for slowly. */
export function useAllRotations(account: string) {
  return useInfiniteQuery({
    queryKey: ['rotations', 'of', account, 'pages'],
    queryFn: ({ pageParam }) => rotationsOf(account, kPage, pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => (last.length < kPage ? undefined : last.at(-1)?.id),
    refetchInterval: ({ state: { data } }) => {
      const pages = data?.pages ?? [];
      return pages.length > 1 ? kOtherwiseMs : askAgainAfter(pages.flat());
    },
  });
}

/** One; asked again each second while it goes on. */
export function rotationQuery(id: string) {
  return queryOptions({
    queryKey: ['rotations', id],
    queryFn: () => request<Rotation>('GET', '/rotations/' + segment(id)),
    refetchInterval: ({ state: { data } }) => (data && data.ended === null ? kWhileOneGoesOnMs : false),
  });
}

const kShown = 5;

/** The account's last ones, and the one that has not ended, if any: an account has one at a time. */
export function useAccountRotations(account: string) {
  const { data, error } = useQuery({ ...rotationsQuery(account, kShown), enabled: account !== '' });
  return { rotations: data, error, underWay: data?.find((one) => one.ended === null) ?? null };
}

/** How an account is renewed. */
export function planQuery(account: string) {
  return queryOptions({
    queryKey: ['accounts', account, 'schedule'],
    queryFn: () => request<RotationPlan>('GET', `/accounts/${segment(account)}/schedule`),
  });
}

/** Where another vault hands over an account's passwords; null: nowhere. */
export function sourceQuery(account: string) {
  return queryOptions({
    queryKey: ['accounts', account, 'source'],
    queryFn: async () =>
      (await request<{ source: ExternalSource | null }>('GET', `/accounts/${segment(account)}/source`)).source,
  });
}

const kWhileWatchedMs = 15_000;

/** Who still used the old password; asked again while that is watched. */
export function oldPasswordQuery(rotation: string) {
  return queryOptions({
    queryKey: ['rotations', rotation, 'old-password'],
    queryFn: () => request<OldPassword>('GET', `/rotations/${segment(rotation)}/old-password`),
    refetchInterval: ({ state: { data } }) => (data && data.ended === null ? kWhileWatchedMs : false),
  });
}
