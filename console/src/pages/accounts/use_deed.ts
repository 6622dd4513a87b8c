import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { AccountDetail } from '~/api/types';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

export type Deed = ReturnType<typeof useDeed>;

/** What is done to an account as it stands: told in passing, and all that shows accounts asks again. */
export function useDeed(account: AccountDetail) {
  const path = '/accounts/' + segment(account.id);
  return async (
    method: 'PUT' | 'POST' | 'DELETE',
    rest: string,
    body: object | undefined,
    done: string,
  ): Promise<boolean> => {
    try {
      const query = method === 'DELETE' ? `?version=${account.version}` : '';
      await request(method, path + rest + query, body ? { body: { version: account.version, ...body } } : {});
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      tell({ kind: 'good', text: done });
      return true;
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      return false;
    }
  };
}
