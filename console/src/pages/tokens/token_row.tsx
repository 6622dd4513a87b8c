import { Button } from '@mantine/core';
import { useState } from 'react';

import type { Token } from '~/api/types';
import list from '~/parts/list.module.css';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { rightWords } from '~/users/words';

import classes from './tokens.module.css';

const kSoonMs = 7 * 86_400_000;

function End({ at }: { at: string }) {
  const [now] = useState(() => Date.now());
  const left = Date.parse(at) - now;
  if (left <= 0) return <Tag tone="bad">Expired</Tag>;
  return left < kSoonMs ? (
    <Tag tone="warn">
      expires <Ago at={at} />
    </Tag>
  ) : (
    <span className={list.faint}>
      expires <Ago at={at} />
    </span>
  );
}

export function TokenRow({ token, withOwner, onRevoke }: { token: Token; withOwner: boolean; onRevoke: () => void }) {
  return (
    <li className={list.row}>
      <div className={list.main}>
        <span className={list.name}>{token.description}</span>
        {withOwner && (
          <span className={list.faint}>
            {' '}
            of <bdi>{token.user_name}</bdi>
          </span>
        )}
        <div className={list.faint}>{token.rights.map((right) => rightWords[right]).join(' · ')}</div>
      </div>
      <div>
        <End at={token.expires_at} />
      </div>
      <div className={list.faint}>
        {token.last_used ? (
          <>
            used <Ago at={token.last_used} />
            {token.last_source && ` from ${token.last_source}`}
          </>
        ) : (
          'never used'
        )}
      </div>
      <Button
        variant="default"
        size="xs"
        className={classes.revoke ?? ''}
        onClick={onRevoke}
        aria-label={`Revoke ${token.description}`}
      >
        Revoke
      </Button>
    </li>
  );
}
