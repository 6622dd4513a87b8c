import type { GateLoad, Rotation } from '~/api/types';
import { Empty } from '~/parts/states';
import { took } from '~/parts/time_words';
import { doorWords, experienceOf, loadName } from '~/rotations/words';

import classes from './rotations.module.css';

function Figure({ name, value, note, tone }: { name: string; value: string; note?: string; tone?: 'good' | 'bad' }) {
  return (
    <div className={classes.number} data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        {value} {note && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  );
}

function Trouble({ load }: { load: GateLoad }) {
  const words = [
    load.gate_timeouts > 0 && `${load.gate_timeouts} waited at the door longer than they may.`,
    load.last_failure,
  ].filter(Boolean);
  if (words.length === 0) return null;
  return (
    <tr className={classes.trouble}>
      <td colSpan={6}>{words.join(' ')}</td>
    </tr>
  );
}

function Line({ load }: { load: GateLoad }) {
  return (
    <>
      <tr>
        <th scope="row">{loadName(load.load)}</th>
        <td className={classes.failed} data-tone={load.failed === 0 ? 'good' : 'bad'}>
          {load.failed}
        </td>
        <td>{load.calls}</td>
        <td>{load.held}</td>
        <td>{load.held === 0 ? '–' : took(load.longest_hold_ms)}</td>
        <td>{load.throttled}</td>
      </tr>
      <Trouble load={load} />
    </>
  );
}

function Table({ loads }: { loads: readonly GateLoad[] }) {
  return (
    <div className={classes.tableFrame} role="region" aria-label="What each load met" tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Load</th>
            <th scope="col">Failed</th>
            <th scope="col">Calls</th>
            <th scope="col">Held</th>
            <th scope="col">Longest hold</th>
            <th scope="col">Throttled</th>
          </tr>
        </thead>
        <tbody>
          {loads.map((one) => (
            <Line key={one.load} load={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Why there are no numbers: what is counted lives only as long as the service that counts. */
function nothingCounted({ ended, door_closed }: Rotation): { title: string; why: string } {
  if (!ended) {
    const why = 'What products, and the probe that Mailward sends itself, meet at the gate is counted here.';
    return { title: 'No call yet', why };
  }
  if (!door_closed) {
    return { title: 'No call was made meanwhile', why: 'It ended before anything that uses the account had to wait.' };
  }
  const why = 'Nothing that uses the account called; or the service was restarted, and lost what it had counted.';
  return { title: 'No call was counted', why };
}

/** What whoever uses the account met meanwhile: the numbers that matter, then load by load. */
export function Experience({ rotation }: { rotation: Rotation }) {
  const { loads } = rotation;
  const { calls, failed, held, longestHoldMs } = experienceOf(loads);
  const nothing = nothingCounted(rotation);
  return (
    <section className={classes.experience} aria-labelledby="met">
      <h2 id="met">What the calls met</h2>
      <dl className={classes.numbers}>
        <Figure
          name="Calls failed"
          value={calls === 0 ? '–' : String(failed)}
          note={calls === 0 ? 'no call counted' : `of ${calls}`}
          {...(failed > 0 ? { tone: 'bad' as const } : calls > 0 ? { tone: 'good' as const } : {})}
        />
        <Figure
          name="Sign-in door closed"
          value={doorWords(rotation)}
          note={rotation.mode === 'twin' && rotation.door_closed ? 'of the account that rested' : ''}
        />
        <Figure
          name="Longest hold"
          value={calls === 0 ? '–' : held === 0 ? 'none' : took(longestHoldMs)}
          note={calls === 0 ? '' : `${held} held`}
        />
      </dl>
      {loads.length > 0 ? <Table loads={loads} /> : <Empty title={nothing.title}>{nothing.why}</Empty>}
    </section>
  );
}
