import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { Directory } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';

import { DirectoryForm } from './directory_form';
import { directoryQuery } from './queries';

const back = { to: '/directories', label: 'Directories' };

export function NewDirectory() {
  return (
    <Page title="Add directory" back={back}>
      <DirectoryForm directory={null} />
    </Page>
  );
}

function Delete({ directory }: { directory: Directory }) {
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const answer = async (yes: boolean) => {
    setAsked(false);
    if (!yes) return;
    try {
      await request('DELETE', `/directories/${segment(directory.id)}?version=${directory.version}`);
      await queries.invalidateQueries({ queryKey: ['directories'] });
      navigate('/directories');
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        Delete
      </Button>
      <Confirm opened={asked} title={`Delete ${isolated(directory.name)}?`} yes="Delete" danger onAnswer={answer}>
        <p>Service accounts that live in it must be moved first.</p>
      </Confirm>
    </>
  );
}

export function EditDirectory() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(directoryQuery(id));
  const mayChange = useMay('change_connections');
  return (
    <Page title={data?.name ?? 'Directory'} back={back} actions={data && mayChange && <Delete directory={data} />}>
      {data ? (
        <DirectoryForm key={data.id} directory={data} />
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
