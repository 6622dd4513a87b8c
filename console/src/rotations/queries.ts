import { queryOptions, useQuery } from '@tanstack/react-query';

import { queryOf, request, segment } from '~/api/client';
import type { Rotation } from '~/api/types';

/** No page of older ones can be asked for: this is as far back as the list goes. */
export const kMostRotations = 200;

const kWhileOneGoesOnMs = 1000;
const kOtherwiseMs = 5_000;

/** Those of one account or of all, the newest first. One that somebody else begins is seen here before long. */
export function rotationsQuery(account: string, limit: number) {
  return queryOptions({
    queryKey: ['rotations', 'of', account, limit],
    queryFn: async () =>
      (await request<{ rotations: Rotation[] }>('GET', '/rotations' + queryOf({ account, limit }))).rotations,
    refetchInterval: ({ state: { data } }) =>
      data?.some((one) => one.ended === null) ? kWhileOneGoesOnMs : kOtherwiseMs,
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
