import type { CredentialVersion } from '~/api/types';
import { plain, type Tone } from '~/connections/states';
import { Tag } from '~/parts/tag';
import { Ago, Exact } from '~/parts/time';

import classes from './accounts.module.css';

const words: Record<CredentialVersion['state'], { label: string; tone: Tone }> = {
  active: { label: 'In use', tone: 'good' },
  pending: { label: 'Not tried yet', tone: 'warn' },
  previous: { label: 'The one before', tone: 'still' },
};

const origins: Record<CredentialVersion['origin'], string> = {
  typed: '',
  generated: 'Made by Mailward',
  fetched: 'From another vault',
};

/** Where and when Active Directory got it, as far as that is known. */
function SetAt({ version: { controller, password_last_set: at } }: { version: CredentialVersion }) {
  if (!controller && !at) return null;
  return (
    <span className={classes.faint}>
      {at ? (
        <>
          Set in Active Directory on <Exact at={at} />
          {controller && ', '}
        </>
      ) : (
        'First known '
      )}
      {controller && <>at {controller}</>}
    </span>
  );
}

export function CredentialVersions({ versions }: { versions: readonly CredentialVersion[] }) {
  if (versions.length === 0) return <p>No password is stored.</p>;
  return (
    <ul className={classes.versions}>
      {versions.map((one) => (
        <li key={one.id}>
          <span className={classes.number}>#{one.number}</span>
          {one.refused ? (
            <Tag tone="bad">Refused</Tag>
          ) : (
            <Tag tone={words[one.state].tone}>{words[one.state].label}</Tag>
          )}
          {origins[one.origin] && <Tag>{origins[one.origin]}</Tag>}
          <span className={classes.faint}>
            saved <Ago at={one.created} />
            {one.promoted && (
              <>
                , accepted <Ago at={one.promoted} />
              </>
            )}
            {one.refused && (
              <>
                , refused <Ago at={one.refused} /> ({plain(one.refusal)})
              </>
            )}
            {` · for ${one.destinations.length} ${one.destinations.length === 1 ? 'destination' : 'destinations'}`}
          </span>
          <SetAt version={one} />
        </li>
      ))}
    </ul>
  );
}
