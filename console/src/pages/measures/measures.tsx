import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router-dom';

import { useConnections } from '~/connections/queries';
import { MeasureGroups } from '~/measures/measure_groups';
import classes from '~/measures/measures.module.css';
import { exportAddress, measuresQuery } from '~/measures/queries';
import { Reading } from '~/measures/reading';
import { MeasureIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';

function Filter({ connection, onChange }: { connection: string; onChange: (connection: string) => void }) {
  const { data } = useConnections();
  const known = (data ?? []).map(({ id, description }) => ({ value: id, label: description }));
  const isKnown = connection === '' || known.some((one) => one.value === connection);
  return (
    <NativeSelect
      className={classes.filter ?? ''}
      label="Of"
      data={[
        { value: '', label: 'Everything' },
        ...known,
        ...(isKnown ? [] : [{ value: connection, label: connection }]),
      ]}
      value={connection}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function Files({ connection }: { connection: string }) {
  return (
    <>
      <Button variant="subtle" component="a" href={exportAddress('json', connection)} download>
        As data
      </Button>
      <Button variant="default" component="a" href={exportAddress('html', connection)} download>
        Page to print
      </Button>
    </>
  );
}

/** Over all connections, accounts and the installation; or of one connection. */
export function Measures() {
  const [search, setSearch] = useSearchParams();
  const connection = search.get('connection') ?? '';
  const { data, error, refetch } = useQuery(measuresQuery(connection));
  return (
    <Page
      title="Recommended measures"
      lead="What Microsoft, the NSA and CISA ask of such a connection, and what was seen of it. A list to work off, the most urgent first."
      actions={<Files connection={connection} />}
      wide
    >
      <Filter
        connection={connection}
        onChange={(chosen) => setSearch(chosen ? { connection: chosen } : {}, { replace: true })}
      />
      {data ? (
        <>
          <Reading list={data} />
          {data.measures.length > 0 ? (
            <MeasureGroups lines={data.measures} />
          ) : (
            <Empty picture={<MeasureIcon size={26} />} title="Nothing to recommend yet">
              Lines come with the first server connection and its service account.
            </Empty>
          )}
        </>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading rows={8} />
      )}
    </Page>
  );
}
