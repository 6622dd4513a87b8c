import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';

import { request, segment } from '~/api/client';
import type { OpenSession } from '~/api/types';
import { Section } from '~/parts/section';
import { Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { tell } from '~/parts/tell';
import { Ago } from '~/parts/time';
import { queries } from '~/session/session';

import { browserWords } from './browser_words';
import classes from './profile.module.css';

function useEnding() {
  return useMutation({
    mutationFn: (id: string | null) => request('DELETE', id ? '/sessions/' + segment(id) : '/sessions'),
    onSuccess: (_, id) => {
      tell({ kind: 'good', text: id ? 'The session has ended.' : 'Your other sessions have ended.' });
      return queries.invalidateQueries({ queryKey: ['sessions'] });
    },
    onError: () => tell({ kind: 'bad', text: 'It could not be ended.' }),
  });
}

export function Sessions() {
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: async () => (await request<{ sessions: OpenSession[] }>('GET', '/sessions')).sessions,
  });
  const ending = useEnding();
  return (
    <Section title="Sessions" lead="Where you are signed in. End what you do not know, then change your password.">
      {data ? (
        <>
          <ul className={classes.sessions}>
            {data.map((one) => (
              <li key={one.id}>
                <div>
                  <div className={classes.browser}>
                    {browserWords(one.user_agent)} {one.current && <Tag tone="good">This one</Tag>}
                  </div>
                  <div className={classes.faint}>
                    {one.source} · signed in <Ago at={one.created} />
                    {!one.current && (
                      <>
                        {' '}
                        · last seen <Ago at={one.last_seen} />
                      </>
                    )}
                  </div>
                </div>
                {!one.current && (
                  <Button size="xs" variant="default" onClick={() => ending.mutate(one.id)}>
                    End
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {data.length > 2 && (
            <div>
              <Button variant="default" onClick={() => ending.mutate(null)}>
                End all others
              </Button>
            </div>
          )}
        </>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading rows={2} />
      )}
    </Section>
  );
}
