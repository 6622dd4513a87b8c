import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { RotateIcon, SealIcon, SearchIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Page } from '~/parts/page';
import { Empty, Failed, NotForRole, RowsLoading } from '~/parts/states';
import { useMay } from '~/session/session';

import { secretsQuery, type Secrets as Held } from './queries';
import { SecretRow } from './secret_row';
import classes from './secrets.module.css';
import { matches } from './words';

type Shown = 'all' | 'due';

const head = {
  title: 'Secrets',
  lead: 'All that Mailward holds: what each one opens, how old it is, how it is renewed, and when it is due.',
};

function Rows({ secrets }: { secrets: Held['secrets'] }) {
  const [now] = useState(() => Date.now());
  return (
    <ul className={`${list.list} ${classes.columns}`} aria-label="Secrets">
      {secrets.map((one) => (
        <SecretRow key={`${one.kind} ${one.id}`} secret={one} now={now} />
      ))}
    </ul>
  );
}

function List({ held, shown, words, onAll }: { held: Held; shown: Shown; words: string; onAll: () => void }) {
  const [unfolded, setUnfolded] = useState(false);
  const fitting = held.secrets.filter((one) => (shown === 'all' || one.is_due) && matches(one, words));
  // Nobody renews a sub-key; who looks for one finds it.
  const rows = fitting.filter((one) => unfolded || words !== '' || one.way !== 'stays');
  const folded = fitting.length - rows.length;
  if (fitting.length > 0) {
    return (
      <>
        {rows.length > 0 && <Rows secrets={rows} />}
        {folded > 0 && (
          <p className={classes.folded}>
            {folded === 1 ? 'One sub-key stays' : `${folded} sub-keys stay`}: sealed again with each new master key,
            never replaced.{' '}
            <Button variant="subtle" size="compact-xs" onClick={() => setUnfolded(true)}>
              Show {folded === 1 ? 'it' : 'them'}
            </Button>
          </p>
        )}
      </>
    );
  }
  const isFiltered = words !== '' || shown === 'due';
  return (
    <Empty
      picture={<SealIcon size={26} />}
      title={shown === 'due' && words === '' ? 'Nothing is due' : 'No such secret'}
      {...(isFiltered
        ? {
            action: (
              <Button variant="default" onClick={onAll}>
                Show all
              </Button>
            ),
          }
        : {})}
    >
      Every secret that Mailward holds stands here, with what it opens and how it is renewed; never the secret itself.
    </Empty>
  );
}

/** Every secret that is held: what is due first, first. */
function Inventory() {
  const { data, error, refetch } = useQuery(secretsQuery);
  const [shown, setShown] = useState<Shown>('all');
  const [words, setWords] = useState('');
  const renew = (
    <Button component={Link} to="/renewals" leftSection={<RotateIcon size={16} />}>
      Renew everything
    </Button>
  );
  return (
    <Page {...head} actions={renew} wide>
      {data ? (
        <>
          <div className={classes.bar}>
            <TextInput
              className={classes.search ?? ''}
              label="Find"
              leftSection={<SearchIcon size={16} />}
              value={words}
              onChange={(event) => setWords(event.currentTarget.value)}
            />
            <SegmentedControl
              aria-label="Which secrets"
              size="xs"
              value={shown}
              onChange={(value) => setShown(value as Shown)}
              data={[
                { value: 'all', label: `All (${data.secrets.length})` },
                { value: 'due', label: `Due (${data.due})` },
              ]}
            />
          </div>
          <List
            held={data}
            shown={shown}
            words={words}
            onAll={() => {
              setShown('all');
              setWords('');
            }}
          />
        </>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}

export function Secrets() {
  if (useMay('see_keys')) return <Inventory />;
  return (
    <Page {...head}>
      <NotForRole />
    </Page>
  );
}
