import { Checkbox, NativeSelect } from '@mantine/core';

import type { NoticeKind, NoticeSubscription, Severity } from '~/api/types';
import { CloseIcon } from '~/parts/icons';

import classes from './notices.module.css';
import { change, end } from './use_subscription';
import { kindWord } from './words';

/** Whom a column is for, as one says it. */
function nameOf(one: NoticeSubscription): string {
  return one.address || one.channel_name;
}

function Head({ one }: { one: NoticeSubscription }) {
  const { all, kinds } = one;
  return (
    <th scope="col">
      <div className={classes.columnHead}>
        <div>
          <bdi>{nameOf(one)}</bdi>
          <div className={classes.seen}>
            {one.mine ? `yours, by ${one.channel_name}` : 'the house’s'}
            {one.confirmed === null && ', not confirmed yet'}
          </div>
        </div>
        <button
          type="button"
          className={classes.remove}
          aria-label={`End the subscription of ${nameOf(one)}`}
          onClick={() => void end(one)}
        >
          <CloseIcon size={14} />
        </button>
      </div>
      <NativeSelect
        size="xs"
        aria-label={`Least severity for ${nameOf(one)}`}
        value={one.least_severity}
        data={[
          { value: 'info', label: 'all severities' },
          { value: 'warning', label: 'warnings and alarms' },
          { value: 'alarm', label: 'alarms only' },
        ]}
        onChange={(event) => void change(one, { all, kinds, least_severity: event.currentTarget.value as Severity })}
      />
    </th>
  );
}

interface BoxProps {
  one: NoticeSubscription;
  /** Null: every kind. */
  kind: string | null;
  all: string[];
}

function Box({ one, kind, all }: BoxProps) {
  const checked = kind === null ? one.all : one.all || one.kinds.includes(kind);
  const standing = one.all ? all : one.kinds;
  const toggle = () => {
    const { least_severity } = one;
    if (kind === null) return change(one, { all: !one.all, kinds: one.all ? all : [], least_severity });
    const kinds = checked ? standing.filter((each) => each !== kind) : [...standing, kind];
    // The last one cannot be taken away: to end it altogether is another button's matter.
    return kinds.length > 0 ? change(one, { all: false, kinds, least_severity }) : undefined;
  };
  return (
    <td>
      <Checkbox
        checked={checked}
        aria-label={`${kind === null ? 'Every kind' : kindWord(kind)} to ${nameOf(one)}`}
        onChange={() => void toggle()}
      />
    </td>
  );
}

/** A row for each kind, a column for each address. */
export function WishTable({ subscriptions, kinds }: { subscriptions: NoticeSubscription[]; kinds: NoticeKind[] }) {
  const names = kinds.map((kind) => kind.name);
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Kinds of notices by address">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            {subscriptions.map((one) => (
              <Head key={one.id} one={one} />
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              Every kind<div className={classes.seen}>Also those that come with later versions.</div>
            </th>
            {subscriptions.map((one) => (
              <Box key={one.id} one={one} kind={null} all={names} />
            ))}
          </tr>
          {kinds.map((kind) => (
            <tr key={kind.name}>
              <th scope="row">
                {kindWord(kind.name)}
                <div className={classes.seen}>{kind.sentence}</div>
              </th>
              {subscriptions.map((one) => (
                <Box key={one.id} one={one} kind={kind.name} all={names} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
