import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { Token } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { PlusIcon, TokenIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';

import { NewTokenDialog } from './new_token_dialog';
import { tokensQuery } from './queries';
import { TokenRow } from './token_row';
import classes from './tokens.module.css';

function Revoke({ token, onDone }: { token: Token | null; onDone: () => void }) {
  const answer = async (yes: boolean) => {
    onDone();
    if (!yes || !token) return;
    try {
      await request('DELETE', '/tokens/' + segment(token.id));
      await queries.invalidateQueries({ queryKey: ['tokens'] });
      tell({ kind: 'good', text: `“${isolated(token.description)}” is revoked.` });
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
  };
  return (
    <Confirm opened={token !== null} title="Revoke this token?" yes="Revoke" danger onAnswer={answer}>
      <p>
        Whatever uses <strong>{token?.description}</strong> is refused from now on.
      </p>
    </Confirm>
  );
}

export function Tokens() {
  const mayManage = useMay('manage_tokens');
  const [whose, setWhose] = useState('own');
  const { data, error, refetch } = useQuery(tokensQuery(whose === 'all'));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const add = (
    <Button leftSection={<PlusIcon size={16} />} onClick={() => setMaking(true)}>
      Create token
    </Button>
  );
  return (
    <Page
      title="API Tokens"
      lead="For programs that use Mailward without a person: each with its own rights and its own end."
      actions={data && data.length > 0 && add}
    >
      {mayManage && (
        <SegmentedControl
          className={classes.whose ?? ''}
          aria-label="Whose tokens"
          size="xs"
          value={whose}
          onChange={setWhose}
          data={[
            { value: 'own', label: 'My own' },
            { value: 'all', label: 'Everybody’s' },
          ]}
        />
      )}
      {data ? (
        data.length > 0 ? (
          <ul className={`${list.list} ${classes.columns}`}>
            {data.map((token) => (
              <TokenRow key={token.id} token={token} withOwner={whose === 'all'} onRevoke={() => setRevoking(token)} />
            ))}
          </ul>
        ) : (
          <Empty picture={<TokenIcon size={26} />} title="No token yet" action={add}>
            A program sends it as <code>Authorization: Bearer mw_…</code>; the command line takes it by{' '}
            <code>--server</code>.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
      {making && <NewTokenDialog onClose={() => setMaking(false)} />}
      <Revoke token={revoking} onDone={() => setRevoking(null)} />
    </Page>
  );
}
