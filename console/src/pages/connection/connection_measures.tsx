import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import { MeasureGroups } from '~/measures/measure_groups';
import { measuresQuery } from '~/measures/queries';
import { Reading } from '~/measures/reading';
import { workWords } from '~/measures/words';
import { Failed, RowsLoading } from '~/parts/states';

import classes from './connection.module.css';

/** What is recommended for this connection and its account, below its form. */
export function ConnectionMeasures({ connection }: { connection: string }) {
  const { data, error, refetch } = useQuery(measuresQuery(connection));
  return (
    <section className={classes.measures} aria-labelledby="recommended">
      <div className={classes.measuresHead}>
        <div>
          <h2 id="recommended">Recommended measures</h2>
          {data && <p>{workWords(data.measures)}</p>}
        </div>
        <Button variant="subtle" component={Link} to={`/measures?connection=${connection}`}>
          On a page of their own
        </Button>
      </div>
      {data ? (
        <>
          <Reading list={data} />
          <MeasureGroups lines={data.measures} />
        </>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading rows={3} />
      )}
    </section>
  );
}
