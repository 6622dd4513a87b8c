import { Button } from '@mantine/core';
import { useState } from 'react';

import type { Token } from '~/api/types';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { rightWords } from '~/users/words';

import classes from './tokens.module.css';

const kSoonMs = 7 * 86_400_000;

function End({ at }: { at: string }) {
  const [now] = useState(() => Date.now());
  const left = Date.parse(at) - now;
  if (left <= 0) return <Tag tone="bad">Ended</Tag>;
  return left < kSoonMs ? (
    <Tag tone="warn">
      ends <Ago at={at} />
    </Tag>
  ) : (
    <span className={classes.faint}>
      ends <Ago at={at} />
    </span>
  );
}

export function TokenRow({ token, withOwner, onRevoke }: { token: Token; withOwner: boolean; onRevoke: () => void }) {
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <span className={classes.name}>{token.description}</span>
        {withOwner && <span className={classes.faint}> of {token.user_name}</span>}
        <div className={classes.faint}>{token.rights.map((right) => rightWords[right]).join(' · ')}</div>
      </div>
      <div>
        <End at={token.expires_at} />
      </div>
      <div className={classes.faint}>
        {token.last_used ? (
          <>
            used <Ago at={token.last_used} />
            {token.last_source && ` from ${token.last_source}`}
          </>
        ) : (
          'never used'
        )}
      </div>
      <Button variant="default" size="xs" onClick={onRevoke} aria-label={`Revoke ${token.description}`}>
        Revoke
      </Button>
    </li>
  );
}
