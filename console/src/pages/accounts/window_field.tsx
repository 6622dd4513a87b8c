import { TextInput } from '@mantine/core';
import { useId } from 'react';

import { isOvernight, weekdayNames, weekdays, windowProblem, windowText, windowWords } from '~/rotations/window';
import type { WindowValues } from '~/rotations/window';

import classes from './renewal.module.css';

interface Props {
  value: WindowValues;
  problem: string | undefined;
  onChange: (value: WindowValues) => void;
}

/** Days of the week as toggles, and the times between which a renewal may begin. */
export function WindowField({ value, problem, onChange }: Props) {
  const said = useId();
  const toggle = (day: (typeof weekdays)[number], chosen: boolean) =>
    onChange({ ...value, days: weekdays.filter((one) => (one === day ? chosen : value.days.includes(one))) });
  const words = windowProblem(value) === '' ? windowWords(windowText(value)) : '';
  return (
    <fieldset className={classes.window} aria-describedby={said}>
      <legend>Maintenance window</legend>
      <p className={classes.lead}>On which days it opens, and when. By the clock and time zone of Mailward’s server.</p>
      <div className={classes.days}>
        {weekdays.map((day) => (
          <label key={day} className={classes.day} title={weekdayNames[day]}>
            <input
              type="checkbox"
              aria-label={weekdayNames[day]}
              checked={value.days.includes(day)}
              onChange={(event) => toggle(day, event.currentTarget.checked)}
            />
            <span aria-hidden="true">{weekdayNames[day].slice(0, 3)}</span>
          </label>
        ))}
      </div>
      <div className={classes.times}>
        <TextInput
          type="time"
          label="From"
          aria-label="Window opens at"
          value={value.from}
          onChange={(event) => onChange({ ...value, from: event.currentTarget.value })}
        />
        <TextInput
          type="time"
          label={isOvernight(value) ? 'Until, the next day' : 'Until'}
          aria-label="Window closes at"
          value={value.until}
          onChange={(event) => onChange({ ...value, until: event.currentTarget.value })}
        />
      </div>
      <p id={said} className={classes.said} data-bad={problem !== undefined || undefined} role="status">
        {problem ?? (words && `It may begin ${words}.`)}
      </p>
    </fieldset>
  );
}
