import { useQuery } from '@tanstack/react-query';

import { isProblem } from '~/api/problem';
import type { OldPassword as Report, Rotation } from '~/api/types';
import { CopyButton } from '~/parts/copyable';
import { said } from '~/parts/said';
import { Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { Ago, Exact } from '~/parts/time';
import { seenWords, signWords } from '~/rotations/old_password_words';
import { oldPasswordQuery } from '~/rotations/queries';
import { useMay } from '~/session/session';

import { HandIn } from './hand_in';
import classes from './old_password.module.css';

function Until({ until, ended }: Report) {
  return ended ? (
    <>
      It was watched until <Exact at={until} />.
    </>
  ) : (
    <>
      It is watched until <Exact at={until} /> (<Ago at={until} />
      ), once a minute.
    </>
  );
}

function Sign({ sign }: { sign: Report['seen'][number] }) {
  const { label, tone } = signWords(sign);
  return (
    <li className={classes.sign} data-tone={tone}>
      <div className={classes.signHead}>
        <Tag tone={tone}>{label}</Tag>
        <Exact at={sign.at} />
        {sign.controller && <span>{sign.controller}</span>}
        {sign.last && (
          <span>
            {sign.times} times, last <Exact at={sign.last} />
          </span>
        )}
      </div>
      <p>{said(sign.text)}</p>
    </li>
  );
}

function Commands({ commands }: Report) {
  if (commands.length === 0) {
    return <p className={classes.faint}>The commands for it stand here once a controller has been read.</p>;
  }
  return (
    <>
      <p>In PowerShell, for each controller; the line writes a CSV file:</p>
      <ul className={classes.commands}>
        {commands.map(({ controller, command }) => (
          <li key={controller}>
            <details>
              <summary>{controller}</summary>
              <code>{command}</code>
            </details>
            <CopyButton text={command} label={`Copy the command for ${controller}`} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Which controllers' logs have been handed in, and of what time. */
function Imports({ imports }: { imports: Report['imports'] }) {
  return (
    <ul className={classes.imports}>
      {imports.map(({ controller, taken, first, last }) => (
        <li key={`${controller} ${first}`}>
          {controller}: events from <Exact at={first} /> to <Exact at={last} />
          <span className={classes.faint}>
            {' '}
            · handed in <Ago at={taken} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What is known of it: the counters' signs, what those cannot show, and how to ask the event logs. */
export function OldPasswordReport({ rotation, report }: { rotation: string; report: Report }) {
  const mayChange = useMay('change_connections');
  return (
    <>
      <p>
        <Until {...report} /> {seenWords(report)}
      </p>
      {report.seen.length > 0 && (
        <ul className={classes.signs}>
          {report.seen.map((sign, at) => (
            <Sign key={at} sign={sign} />
          ))}
        </ul>
      )}
      <div className={classes.logs}>
        <h3>What the directory cannot show</h3>
        <p>{said(report.cannot_show)}</p>
        <Commands {...report} />
        {report.imports.length > 0 && <Imports imports={report.imports} />}
        {mayChange && report.commands.length > 0 && <HandIn rotation={rotation} cutCommand={report.cut_command} />}
      </div>
    </>
  );
}

function Matter({ rotation }: { rotation: Rotation }) {
  const { data, error, refetch } = useQuery(oldPasswordQuery(rotation.id));
  if (data) return <OldPasswordReport rotation={rotation.id} report={data} />;
  if (isProblem(error, 'connections.unknown_rotation')) {
    return (
      <p className={classes.faint}>
        It is not watched after this rotation: there was no password before it, or the account lives in no directory.
      </p>
    );
  }
  return error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={2} />;
}

/** Who still used the old password in the hour after a rotation, as far as that can be seen. */
export function OldPassword({ rotation }: { rotation: Rotation }) {
  if (rotation.state !== 'finished') return null;
  return (
    <section className={classes.old} aria-labelledby="old-password">
      <h2 id="old-password">The old password</h2>
      <Matter rotation={rotation} />
    </section>
  );
}
