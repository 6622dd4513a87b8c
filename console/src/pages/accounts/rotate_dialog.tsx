import { Checkbox, NativeSelect, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { AccountDetail } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { type Way, ways } from '~/rotations/ways';
import { statusQuery } from '~/status/queries';
import { RecoveryKeyNotice } from '~/status/recovery_key_notice';

import classes from './accounts.module.css';
import { RotateWords } from './rotate_words';

/** How it is rotated, and what the password that is made shall be. */
export interface Wanted {
  mode: Way;
  length: number;
  plain: boolean;
}

const kUsual = { length: 64, plain: false };
const kShortest = 12;
const kLongest = 127;

type Make = Pick<Wanted, 'length' | 'plain'>;

/** What hardly anybody has to choose. */
function More({ wanted, onChange }: { wanted: Make; onChange: (wanted: Make) => void }) {
  return (
    <details className={classes.details}>
      <summary>More</summary>
      <div className={classes.detailsBody}>
        <NumberInput
          label="Characters of the new password"
          description={`${kShortest} to ${kLongest}. Where the policy wants more, it gets that.`}
          min={kShortest}
          max={kLongest}
          allowDecimal={false}
          clampBehavior="blur"
          value={wanted.length}
          onChange={(typed) => onChange({ ...wanted, length: Number(typed) || kUsual.length })}
        />
        <Checkbox
          label="Letters, digits, - _ and . alone"
          description="For something that cannot deal with other characters."
          checked={wanted.plain}
          onChange={(event) => onChange({ ...wanted, plain: event.currentTarget.checked })}
        />
      </div>
    </details>
  );
}

/** The way that the plan has, and the others that can be taken this once. */
function WayChoice({ way, usual, possible, onChange }: ChoiceProps) {
  if (possible.length < 2) return null;
  return (
    <NativeSelect
      label="Way"
      description={
        way === usual ? 'As this account is always renewed.' : 'For this once; its schedule keeps its own way.'
      }
      value={way}
      data={possible.map((one) => ({
        value: one,
        label: one === usual ? `${ways[one].name} (as planned)` : ways[one].name,
      }))}
      onChange={(event) => onChange(event.currentTarget.value as Way)}
    />
  );
}

interface ChoiceProps {
  way: Way;
  usual: Way;
  possible: readonly Way[];
  onChange: (way: Way) => void;
}

interface Props {
  account: AccountDetail;
  /** The plan's way. */
  usual: Way;
  /** The ways for which everything is there; one at least while the dialog is open. */
  possible: readonly Way[];
  opened: boolean;
  /** What is wanted; null: nothing. */
  onAnswer: (wanted: Wanted | null) => void;
}

/** Says what will happen, before it does. */
export function RotateDialog({ account, usual, possible, opened, onAnswer }: Props) {
  const [make, setMake] = useState<Make>(kUsual);
  const [chosen, setChosen] = useState<Way | null>(null);
  const { data: status } = useQuery({ ...statusQuery, enabled: opened });
  const [first = usual] = possible;
  const planned = possible.includes(usual) ? usual : first;
  const way = chosen !== null && possible.includes(chosen) ? chosen : planned;
  const answer = (yes: boolean) => {
    setChosen(null);
    onAnswer(yes ? { mode: way, ...make } : null);
  };
  return (
    <Confirm opened={opened} title="Rotate this password now?" yes="Rotate now" onAnswer={answer}>
      <WayChoice way={way} usual={usual} possible={possible} onChange={setChosen} />
      <RotateWords account={account} way={way} />
      {way !== 'external' && <More wanted={make} onChange={setMake} />}
      {status && status.recovery_key_taken === null && <RecoveryKeyNotice isWithin />}
    </Confirm>
  );
}
