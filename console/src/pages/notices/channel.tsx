import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { NoticeChannel } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';

import { ChannelForm } from './channel_form';
import { channelQuery } from './queries';
import { TestDialog } from './test_dialog';
import { stateOf } from './words';

const back = { to: '/notices', label: 'Notices' };

export function NewChannel() {
  const [parameters] = useSearchParams();
  const kind = parameters.get('kind') === 'webhook' ? 'webhook' : 'relay';
  return (
    <Page title={kind === 'relay' ? 'Add email relay' : 'Add webhook'} back={back}>
      <ChannelForm key={kind} channel={null} kind={kind} />
    </Page>
  );
}

function Deeds({ channel }: { channel: NoticeChannel }) {
  const [deleting, setDeleting] = useState(false);
  const [testing, setTesting] = useState(false);
  const navigate = useNavigate();
  const answer = async (yes: boolean) => {
    setDeleting(false);
    if (!yes) return;
    try {
      await request('DELETE', `/notices/channels/${segment(channel.id)}?version=${channel.version}`);
      await queries.invalidateQueries({ queryKey: ['notices'] });
      navigate('/notices');
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => setTesting(true)}>
        Test
      </Button>
      <Button variant="default" onClick={() => setDeleting(true)}>
        Delete
      </Button>
      {testing && <TestDialog channel={channel} onClose={() => setTesting(false)} />}
      <Confirm opened={deleting} title={`Delete ${isolated(channel.name)}?`} yes="Delete" danger onAnswer={answer}>
        <p>Whoever subscribed by it gets nothing by it any more, and what still waits is not sent.</p>
      </Confirm>
    </>
  );
}

export function EditChannel() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(channelQuery(id));
  const mayChange = useMay('change_connections');
  const state = data && stateOf(data);
  return (
    <Page
      title={data?.name ?? 'Channel'}
      back={back}
      mark={state && <Tag tone={state.tone}>{state.word}</Tag>}
      actions={data && mayChange && <Deeds channel={data} />}
    >
      {data ? (
        <ChannelForm key={data.id} channel={data} kind={data.kind} />
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
