import { Button, Checkbox, NumberInput, Radio } from '@mantine/core';
import type { FormEvent } from 'react';

import type { AccountDetail } from '~/api/types';
import { allWays, type Way, ways } from '~/rotations/ways';
import { windowWords } from '~/rotations/window';
import { type Around, needsOf } from '~/rotations/words';

import accounts from './accounts.module.css';
import { FormTroubles } from './form_troubles';
import { MissingList } from './missing_list';
import classes from './renewal.module.css';
import { kMostDays, type PlanForm } from './use_plan';
import { WindowField } from './window_field';

function WayField({ form }: { form: PlanForm }) {
  return (
    <Radio.Group
      label="Way"
      value={form.values.mode}
      error={form.problems['mode']}
      onChange={(chosen) => form.set({ mode: chosen as Way })}
    >
      <div className={classes.ways}>
        {allWays.map((way) => (
          <Radio
            key={way}
            value={way}
            label={ways[way].name}
            description={[ways[way].does, ways[way].needs && `Needs ${ways[way].needs}.`].filter(Boolean).join(' ')}
          />
        ))}
      </div>
    </Radio.Group>
  );
}

function EveryField({ form }: { form: PlanForm }) {
  const { every, mode } = form.values;
  const isPlanned = typeof every === 'number' && every > 0;
  const words =
    mode === 'manual'
      ? `Somebody is reminded to renew it every ${every} days.`
      : `By itself every ${every} days, in the window below.`;
  return (
    <NumberInput
      classNames={{ wrapper: classes.every ?? '' }}
      label="Every how many days"
      description={
        isPlanned ? `${words} 0: only when somebody asks.` : 'Only when somebody asks. 30, say: every 30 days.'
      }
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      min={0}
      max={kMostDays}
      value={every}
      error={form.problems['every_days']}
      onChange={(typed) => form.set({ every: typed })}
    />
  );
}

/** What a plan says, in a line. */
export function planWords(plan: { mode: Way; every_days: number; window: string }): string {
  const way = ways[plan.mode].name.toLowerCase();
  if (plan.every_days === 0) return `${way}, only when somebody asks`;
  return `${way}, every ${plan.every_days} days${plan.mode === 'manual' ? '' : `, ${windowWords(plan.window)}`}`;
}

/** The way, the interval, the window: saved together. */
export function RenewalForm({ account, form, around }: { account: AccountDetail; form: PlanForm; around: Around }) {
  const { values, newer } = form;
  const missing = needsOf(account, values.mode, around);
  const isPlanned = values.every !== 0;
  return (
    <form
      noValidate
      aria-label="How it is renewed"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void form.save();
      }}
    >
      <FormTroubles
        trouble={form.trouble}
        newer={
          newer && {
            title: 'Somebody else has changed how it is renewed in the meantime',
            now: planWords(newer),
            take: form.takeNewer,
          }
        }
      />
      <WayField form={form} />
      <MissingList title={`${ways[values.mode].name} wants something first`} missing={missing} />
      <EveryField form={form} />
      {isPlanned && values.mode !== 'manual' && (
        <WindowField
          value={values.window}
          problem={form.problems['window']}
          onChange={(window) => form.set({ window })}
        />
      )}
      <Checkbox
        label="Lift lock-outs that follow a renewal"
        description="By the reset account, which then needs the right to write lockoutTime as well. Otherwise the command for it is told."
        checked={values.unlocks}
        onChange={(event) => form.set({ unlocks: event.currentTarget.checked })}
      />
      <div className={accounts.buttons}>
        <Button type="submit" variant="default" loading={form.busy} disabled={!form.dirty || missing.length > 0}>
          Save how it is renewed
        </Button>
      </div>
    </form>
  );
}
