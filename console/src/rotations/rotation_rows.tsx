import { Link } from 'react-router-dom';

import type { Rotation } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { said } from '~/parts/said';
import { Exact } from '~/parts/time';

import { RotationPill } from './rotation_pill';
import classes from './rotations.module.css';
import { Starter } from './starter';
import { doorWords, experienceOf, wayWords } from './words';

function Row({ rotation, withAccount }: { rotation: Rotation; withAccount: boolean }) {
  const { calls, failed } = experienceOf(rotation.loads);
  const isOfNote = rotation.ended !== null && rotation.why !== '';
  return (
    <li className={list.row}>
      <div className={list.main}>
        <Link to={`/rotations/${rotation.id}`} className={list.name ?? ''}>
          {withAccount ? rotation.account_name : <Exact at={rotation.created} />}
        </Link>
        <div className={list.faint}>
          {withAccount && (
            <>
              <Exact at={rotation.created} />
              {' · '}
            </>
          )}
          <Starter actor={rotation.started_by} />
          {rotation.mode !== 'delegated_reset' && ` · ${wayWords[rotation.mode].toLowerCase()}`}
        </div>
        {isOfNote && <div className={classes.why}>{said(rotation.why)}</div>}
      </div>
      <div>
        <RotationPill rotation={rotation} />
      </div>
      <div className={list.side}>
        {rotation.door_closed ? `Door closed: ${doorWords(rotation)}` : 'The door stayed open'}
      </div>
      <div className={list.side} data-bad={failed > 0 || undefined}>
        {calls === 0 ? 'No call counted' : `${failed} of ${calls} calls failed`}
      </div>
      <ChevronIcon size={16} className={list.go} />
    </li>
  );
}

/** Rotations in a box, each row leading to its page. */
export function RotationRows({
  rotations,
  withAccount = true,
}: {
  rotations: readonly Rotation[];
  withAccount?: boolean;
}) {
  return (
    <ul className={`${list.list} ${withAccount ? classes.columns : classes.narrow}`}>
      {rotations.map((one) => (
        <Row key={one.id} rotation={one} withAccount={withAccount} />
      ))}
    </ul>
  );
}
