import { Button } from '@mantine/core';
import { useState } from 'react';

import { Problem, sentence } from '~/api/problem';
import type { MeasureList } from '~/api/types';
import { RotateIcon } from '~/parts/icons';
import { tell } from '~/parts/tell';
import { Ago } from '~/parts/time';
import { useMay } from '~/session/session';

import classes from './measures.module.css';
import { isReading, readAnew } from './queries';

/** When Active Directory and the servers were read last, and the button that reads them anew. */
export function Reading({ list }: { list: MeasureList }) {
  const mayTest = useMay('test_connections');
  const [asking, setAsking] = useState(false);
  const last = list.last_refresh;
  const busy = asking || isReading(list);
  const read = async () => {
    setAsking(true);
    try {
      await readAnew();
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
    setAsking(false);
  };
  return (
    <div className={classes.reading}>
      <span role="status">
        {busy ? (
          'Active Directory and the servers are being read…'
        ) : last?.ended ? (
          <>
            Active Directory and the servers were read <Ago at={last.ended} />
            {last.state !== 'succeeded' && ', and not to the end'}.
          </>
        ) : (
          'Active Directory and the servers were not read yet.'
        )}
      </span>
      {mayTest && (
        <Button size="xs" variant="default" leftSection={<RotateIcon size={15} />} loading={busy} onClick={read}>
          Read anew
        </Button>
      )}
    </div>
  );
}
