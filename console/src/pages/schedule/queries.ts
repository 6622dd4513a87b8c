import { queryOptions } from '@tanstack/react-query';

import { queryOf, request } from '~/api/client';
import type { AccountPlan, ScheduledRotation } from '~/api/types';

export const kDays = 90;
/** The service tells no more at once. */
export const kMost = 1000;

export interface Schedule {
  until: string;
  rotations: ScheduledRotation[];
  plans: AccountPlan[];
}

/** What will be renewed when, as things stand now. */
export const scheduleQuery = queryOptions({
  queryKey: ['schedule'],
  queryFn: () => request<Schedule>('GET', '/schedule' + queryOf({ days: kDays, limit: kMost })),
  refetchInterval: 60_000,
});
