import { queryOptions } from '@tanstack/react-query';

import { queryOf, request, segment } from '~/api/client';
import type { Measure, MeasureList, RunChanges } from '~/api/types';
import { queries } from '~/session/session';

const kWhileReadingMs = 1000;

export function isReading({ last_refresh }: MeasureList): boolean {
  return last_refresh !== null && (last_refresh.state === 'queued' || last_refresh.state === 'running');
}

/** Those of one connection and its account, or all; asked again each second while they are read anew. */
export function measuresQuery(connection = '') {
  return queryOptions({
    queryKey: ['measures', connection],
    queryFn: () => request<MeasureList>('GET', '/measures' + queryOf({ connection })),
    refetchInterval: ({ state: { data } }) => (data && isReading(data) ? kWhileReadingMs : false),
  });
}

const again = () => queries.invalidateQueries({ queryKey: ['measures'] });

export async function readAnew(): Promise<void> {
  await request<RunChanges>('POST', '/measures/refresh');
  await again();
}

export async function accept(line: Measure, reason: string, until: string): Promise<void> {
  const body = { subject: line.subject, reason, until };
  await request<Measure>('PUT', `/measures/${segment(line.id)}/acceptance`, { body });
  await again();
}

export async function withdraw(line: Measure): Promise<void> {
  await request('DELETE', `/measures/${segment(line.id)}/acceptance` + queryOf({ subject: line.subject }));
  await again();
}

/** Where the browser fetches the file from. */
export function exportAddress(format: 'html' | 'json', connection: string): string {
  return '/api/v1/measures/export' + queryOf({ format, connection });
}
