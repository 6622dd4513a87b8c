import { useQuery } from '@tanstack/react-query';

import type { AccountDetail } from '~/api/types';
import { planQuery, sourceQuery } from '~/rotations/queries';
import { wayOf } from '~/rotations/ways';

import { directoriesQuery } from '../directories/queries';

/** What ways of renewing want beside the account itself, and the way that it goes by; as far as it is known yet. */
export function useAround(account: AccountDetail) {
  const { data: directories } = useQuery(directoriesQuery);
  const { data: source } = useQuery(sourceQuery(account.id));
  const { data: plan } = useQuery(planQuery(account.id));
  const directory = directories?.find((one) => one.id === account.directory);
  return {
    around: {
      hasReader: directory && directory.reader !== '' && directory.has_reader_password,
      hasSource: source === undefined ? undefined : source !== null,
    },
    way: wayOf(plan ?? { mode: account.rotation_mode, version: 0 }),
  };
}
