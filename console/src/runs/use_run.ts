import { useEffect, useState } from 'react';

import { request, segment } from '~/api/client';
import type { RunChanges } from '~/api/types';
import { pageStream } from '~/live/page_stream';

import { applied, ended } from './run_model';

/**
 * Follows a run as it happens, from the first state that is known of it: while it goes on, the page's stream is its own;
 * then the page has its stream again. A break (the service restarts) loses nothing: the next opening begins with all
 * steps so far.
 */
export function useRun(first: RunChanges | null): RunChanges | null {
  const [seen, setSeen] = useState<RunChanges | null>(null);
  const id = first && !ended(first.state) ? first.id : null;

  useEffect(() => {
    if (!id) return;
    const take = (data: unknown) => {
      const change = data as RunChanges;
      setSeen((before) => applied(before, change));
      if (ended(change.state)) release();
    };
    const release = pageStream.claim({ url: `/runs/${segment(id)}/events`, on: { snapshot: take, change: take } });
    return release;
  }, [id]);

  return seen && seen.id === first?.id ? seen : first;
}

export function cancelRun(id: string): Promise<RunChanges> {
  return request<RunChanges>('POST', `/runs/${segment(id)}/cancel`);
}
