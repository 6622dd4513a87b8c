import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

import type { Rotation, Step } from '~/api/types';
import { BangIcon, CheckIcon, CrossIcon, UndoIcon } from '~/parts/icons';
import { said } from '~/parts/said';
import { Ago } from '~/parts/time';
import { useNow } from '~/parts/use_now';
import { meaningOf, rotationWords } from '~/rotations/words';
import { Remedy } from '~/runs/remedy';
import runs from '~/runs/runs.module.css';
import { useMay } from '~/session/session';

import { EndRotation, waitsTooLong } from './end_rotation';
import { WayTold } from './way';

interface Shown {
  look: 'good' | 'degraded' | 'bad' | 'running';
  title: string;
  icon: ReactNode;
}

const mark = { size: 20, strokeWidth: 2 };

function shownOf(rotation: Rotation): Shown {
  const { state, degraded, ended } = rotation;
  if (ended === null) {
    return {
      look: 'running',
      title: rotationWords(rotation).label,
      icon: <Loader size={18} role="img" aria-label="under way" />,
    };
  }
  if (state === 'finished') {
    return degraded
      ? { look: 'degraded', title: 'The password is renewed; not all is as it should be', icon: <BangIcon {...mark} /> }
      : { look: 'good', title: 'The password is renewed', icon: <CheckIcon {...mark} /> };
  }
  if (state === 'undone') {
    return { look: 'degraded', title: 'Undone: the password stays', icon: <UndoIcon {...mark} /> };
  }
  return { look: 'bad', title: 'Unclear: a person is needed', icon: <CrossIcon {...mark} /> };
}

/** How it stands, or how it ended: in a sentence, what that means, what to do. */
export function Outcome({ rotation, steps = [] }: { rotation: Rotation; steps?: readonly Step[] }) {
  const { look, title, icon } = shownOf(rotation);
  const meaning = rotation.ended === null ? '' : meaningOf(rotation);
  const isOver = rotation.ended !== null;
  const mayChange = useMay('change_connections');
  const now = useNow();
  return (
    <div className={runs.verdict} data-outcome={look} role="status">
      <span className={runs.verdictIcon}>{icon}</span>
      <div className={runs.verdictWords}>
        <div className={runs.verdictTitle}>{title}</div>
        <p>{said(rotation.sentence)}</p>
        <WayTold rotation={rotation} steps={steps} />
        {!isOver && <p className={runs.faint}>It goes on by itself, whether this page is open or not.</p>}
        {mayChange && waitsTooLong(rotation, now) && (
          <div className={runs.offerButtons}>
            <EndRotation rotation={rotation} />
          </div>
        )}
        {meaning && <p>{meaning}</p>}
        {rotation.behind.length > 0 && (
          <p>
            Not there yet: <strong>{rotation.behind.join(', ')}</strong>.
          </p>
        )}
        {rotation.caught_up.map(({ controller, at, accepted }) => (
          <p key={controller}>
            <strong>{controller}</strong> {accepted ? 'caught up' : 'shows a change, but refused the new password'}{' '}
            <Ago at={at} />
            {accepted && ', and took the new password'}.
          </p>
        ))}
        {rotation.remedy && <Remedy text={rotation.remedy} />}
        {isOver && look !== 'good' && (
          <div className={runs.offerButtons}>
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`/accounts/${rotation.account}${look === 'degraded' && rotation.state === 'finished' ? '' : '#rotation'}`}
            >
              To the service account
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
