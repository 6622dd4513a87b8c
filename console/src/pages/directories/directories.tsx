import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import { ChevronIcon, PlusIcon, TreeIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { useMay } from '~/session/session';

import { directoriesQuery } from './queries';

export function Directories() {
  const { data, error, refetch } = useQuery(directoriesQuery);
  const mayChange = useMay('change_connections');
  const add = mayChange ? (
    <Button component={Link} to="/directories/new" leftSection={<PlusIcon size={16} />}>
      Add directory
    </Button>
  ) : undefined;
  return (
    <Page
      title="Directories"
      lead="The Active Directory that service accounts live in: read, never written."
      actions={data && data.length > 0 && add}
    >
      {data ? (
        data.length > 0 ? (
          <ul className={list.list}>
            {data.map((one) => (
              <li key={one.id} className={list.row}>
                <div className={list.main}>
                  <Link to={`/directories/${one.id}`} className={list.name ?? ''}>
                    {one.name}
                  </Link>
                  <div className={list.faint}>{[one.realm, one.domain].filter(Boolean).join(' · ')}</div>
                </div>
                <div className={list.side}>
                  {one.reader_refused ? (
                    <Tag tone="bad">Reader refused</Tag>
                  ) : one.reader ? (
                    <Tag tone="good">Has a reader</Tag>
                  ) : (
                    <Tag>No reader</Tag>
                  )}
                </div>
                <div className={list.side}>{one.controllers.join(', ')}</div>
                <ChevronIcon size={16} className={list.go} />
              </li>
            ))}
          </ul>
        ) : (
          <Empty picture={<TreeIcon size={26} />} title="No directory yet" action={add}>
            With one, Mailward tells a wrong password from an overloaded server, keeps away from the lock-out, and can
            use Kerberos.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
