import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import type { NoticeChannel } from '~/api/types';
import { PlusIcon, SendIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { useMay } from '~/session/session';

import classes from './notices.module.css';
import { Part } from './part';
import { channelsQuery } from './queries';
import { TestDialog } from './test_dialog';
import { stateOf } from './words';

function ChannelRow({ channel, onTest }: { channel: NoticeChannel; onTest: (() => void) | undefined }) {
  const { word, tone, refusedLast } = stateOf(channel);
  return (
    <li className={list.row} data-off={channel.state === 'off' || undefined}>
      <div className={list.main}>
        <Link to={`/notices/channels/${channel.id}`} className={list.name ?? ''}>
          {channel.name}
        </Link>
        <div className={list.faint}>
          {channel.kind === 'relay' ? 'Email relay' : 'Webhook'} · {channel.destination}
        </div>
      </div>
      <div>
        <Tag tone={tone}>{word}</Tag>
      </div>
      <div className={list.side}>
        {refusedLast ? (
          <>
            <span className={classes.bad}>{channel.last_refusal}</span> <Ago at={channel.last_refused} />
            {channel.last_remedy && <div className={classes.remedy}>What to do: {channel.last_remedy}</div>}
          </>
        ) : channel.last_accepted ? (
          <>
            accepted <Ago at={channel.last_accepted} />
          </>
        ) : (
          'nothing sent yet'
        )}
      </div>
      {onTest && (
        <Button
          variant="default"
          size="xs"
          className={classes.above ?? ''}
          aria-label={`Test ${channel.name}`}
          onClick={onTest}
        >
          Test
        </Button>
      )}
    </li>
  );
}

/** The relays and webhooks that notices go out by. */
export function Channels() {
  const { data, error, refetch } = useQuery(channelsQuery);
  const mayChange = useMay('change_connections');
  const [testing, setTesting] = useState<NoticeChannel | null>(null);
  const add = mayChange ? (
    <div className={classes.actions}>
      <Button component={Link} to="/notices/channels/new" leftSection={<PlusIcon size={16} />}>
        Add email relay
      </Button>
      <Button component={Link} to="/notices/channels/new?kind=webhook" variant="default">
        Add webhook
      </Button>
    </div>
  ) : undefined;
  return (
    <Part
      title="Channels"
      lead="Whether a relay delivers what it has accepted, only its own log can tell."
      actions={data && data.length > 0 && add}
    >
      {data ? (
        data.length > 0 ? (
          <ul className={`${list.list} ${classes.channels}`}>
            {data.map((one) => (
              <ChannelRow key={one.id} channel={one} onTest={mayChange ? () => setTesting(one) : undefined} />
            ))}
          </ul>
        ) : (
          <Empty picture={<SendIcon size={26} />} title="No channel yet" action={add}>
            Notices are listed here in any case. With a channel they come to you.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading rows={2} />
      )}
      {testing && <TestDialog channel={testing} onClose={() => setTesting(null)} />}
    </Part>
  );
}
