import type { CredentialVersion } from '~/api/types';
import { plain, type Tone } from '~/connections/states';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';

import classes from './accounts.module.css';

const words: Record<CredentialVersion['state'], { label: string; tone: Tone }> = {
  active: { label: 'In use', tone: 'good' },
  pending: { label: 'Not tried yet', tone: 'warn' },
  previous: { label: 'The one before', tone: 'still' },
};

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
        </li>
      ))}
    </ul>
  );
}
