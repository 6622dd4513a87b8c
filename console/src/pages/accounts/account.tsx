import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useLocation, useParams } from 'react-router-dom';

import type { AccountDetail } from '~/api/types';
import { Page } from '~/parts/page';
import { Section } from '~/parts/section';
import { Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { useAccountRotations } from '~/rotations/queries';
import { UnderWay } from '~/rotations/under_way';
import { queries, useMay } from '~/session/session';

import { AccountItself } from './account_itself';
import classes from './accounts.module.css';
import { CredentialVersions } from './credential_versions';
import { DirectoryChoice } from './directory_choice';
import { accountQuery } from './queries';
import { Renewal } from './renewal';
import { ResetAccount } from './reset_account';
import { RotationSection } from './rotation_section';
import { Source } from './source';
import { Twin } from './twin';
import { useDeed } from './use_deed';

const back = { to: '/accounts', label: 'Service Accounts' };

function UsedBy({ account }: { account: AccountDetail }) {
  if (account.connections.length === 0) return <p>No connection uses it.</p>;
  return (
    <ul className={classes.plain}>
      {account.connections.map((one) => (
        <li key={one.id}>
          <Link to={`/connections/${one.id}`}>
            <bdi>{one.description}</bdi>
          </Link>{' '}
          {!one.destination_proven && <Tag tone="warn">no password was accepted there yet</Tag>}
        </li>
      ))}
    </ul>
  );
}

/** An address that names a part of the page leads there once the page is. */
function useNamedPart() {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: 'start' });
  }, [hash]);
}

function Content({ account }: { account: AccountDetail }) {
  const deed = useDeed(account);
  const mayChange = useMay('change_connections');
  const { rotations, underWay } = useAccountRotations(account.id);
  useNamedPart();

  // One that begins or ends, whoever began it, changes what is known of the account.
  const newest = rotations?.[0] ? `${rotations[0].id} ${rotations[0].state}` : '';
  useEffect(() => {
    if (newest) void queries.invalidateQueries({ queryKey: accountQuery(account.id).queryKey });
  }, [newest, account.id]);

  return (
    <>
      {underWay && <UnderWay rotation={underWay} />}
      <Section
        id="rotation"
        title="Rotation"
        lead="A new password while the products go on, now or by itself. Nobody has to know it."
      >
        <RotationSection account={account} rotations={rotations ?? []} underWay={underWay !== null} />
      </Section>
      <Section
        id="renewal"
        title="How it is renewed"
        lead="Who sets the new password, and when that is done by itself."
      >
        <Renewal account={account} />
      </Section>
      <Section
        id="reset-account"
        title="Reset account"
        lead="The account that sets this one’s password, for the way Delegated reset: it holds the right to do that, and no other."
      >
        <ResetAccount account={account} />
      </Section>
      <Section
        id="twin"
        title="Twin"
        lead="For the way Twin: a second account with which this one takes turns. One is in use, one rests and is renewed."
      >
        <Twin account={account} />
      </Section>
      <Section
        id="another-vault"
        title="Another vault"
        lead="For the way Another vault: where the password is had from, once somebody else has set it."
      >
        <Source account={account} />
      </Section>
      <Section
        id="used-by"
        title="Used by"
        lead="A password is typed on a connection, and goes only where it was typed for."
      >
        <UsedBy account={account} />
      </Section>
      <Section
        id="directory"
        title="Directory"
        lead="With one, a refusal is told apart exactly, the lock-out threshold is kept away from, and Kerberos is used."
      >
        <DirectoryChoice key={account.directory} account={account} deed={deed} />
        {account.sid && <p className={classes.faint}>SID {account.sid}</p>}
      </Section>
      <Section title="Password" lead="Its versions, the newest first. The password itself is shown nowhere.">
        <CredentialVersions versions={account.credentials} />
      </Section>
      {mayChange && (
        <Section
          id="account"
          title="Account"
          lead="A disabled account signs in nowhere. Only one that no connection uses can be deleted."
        >
          <AccountItself account={account} deed={deed} />
        </Section>
      )}
    </>
  );
}

export function Account() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(accountQuery(id));
  return (
    <Page
      title={data?.name ?? 'Service account'}
      lead={data?.resolved}
      back={back}
      mark={data && !data.enabled && <Tag>Disabled</Tag>}
    >
      {data ? (
        <Content key={data.id} account={data} />
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
