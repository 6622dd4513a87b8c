import { useState } from 'react';

import { request } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

/** What is done to a plan: told in passing where it does not go, and all that shows plans asks again. */
export function useRenewalDeed() {
  const [busy, setBusy] = useState(false);
  const act = async <T>(path: string, body?: object): Promise<T | null> => {
    setBusy(true);
    try {
      return await request<T>('POST', path, body ? { body } : {});
    } catch (error) {
      const words = error instanceof Problem ? `${sentence(error.detail)} ${sentence(error.remedy ?? '')}`.trim() : '';
      tell({ kind: 'bad', text: words || 'Mailward does not answer.' });
      return null;
    } finally {
      await queries.invalidateQueries({ queryKey: ['renewals'] });
      await queries.invalidateQueries({ queryKey: ['secrets'] });
      setBusy(false);
    }
  };
  return { busy, act };
}
