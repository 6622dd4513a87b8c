import type { ReactNode } from 'react';

import type { Rotation } from '~/api/types';
import { Copyable } from '~/parts/copyable';
import { Exact } from '~/parts/time';
import { took } from '~/parts/time_words';
import { Starter } from '~/rotations/starter';
import { wayWords } from '~/rotations/words';

import classes from './rotations.module.css';

/** Who, when, how, where. */
export function Facts({ rotation }: { rotation: Rotation }) {
  const { created, ended, controller } = rotation;
  const lines: [string, ReactNode][] = [
    ['Begun', <Exact key="begun" at={created} />],
    ['By', <Starter key="by" actor={rotation.started_by} />],
    ['Way', wayWords[rotation.mode]],
    ['Domain controller', controller],
    ['A front end has accepted it', rotation.front_end_accepted ? 'yes' : ended ? 'no' : ''],
    ['Took', ended && took(Date.parse(ended) - Date.parse(created))],
    ['Id', <Copyable key="id" text={rotation.id} />],
  ];
  return (
    <dl className={classes.facts}>
      {lines
        .filter(([, value]) => value !== '' && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
