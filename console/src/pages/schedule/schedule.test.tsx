import { expect, test } from 'vitest';

import { rendered, words } from '../../../dev/rendered';
import { aPlan, aScheduled } from '../../../dev/samples';
import { ScheduleList } from './schedule_list';
import { UnplannedList } from './unplanned_list';
import { inDays, summaryOf, unplannedOf } from './words';

const other = '070gxjhrjb5qx';

test('renewals stand under their days; what stands against an account is told once', () => {
  const rotations = [
    aScheduled({ due: '2026-12-07T12:10:00Z' }),
    aScheduled({ due: '2026-12-07T12:40:00Z', account: other }),
    aScheduled({ due: '2027-01-06T12:10:00Z', deadline: '2027-01-09T12:10:00Z' }),
  ];
  const days = inDays(rotations, Date.parse('2026-12-20T00:00:00Z'));
  expect(days.map((day) => [day.weekday, day.lines.length])).toEqual([
    ['Monday', 2],
    ['Wednesday', 1],
  ]);
  expect(days.flatMap((day) => day.lines.map((line) => line.isFirst))).toEqual([true, true, false]);
  expect(days.flatMap((day) => day.lines.map((line) => line.isLate))).toEqual([true, true, false]);
});

test('the summary counts accounts, not renewals, where it is about accounts', () => {
  const held = { obstacle: 'nobody sets it', remedy: '' };
  expect(summaryOf([aScheduled()])).toBe('1 renewal of 1 account.');
  expect(summaryOf([aScheduled(held), aScheduled(held), aScheduled({ account: other, by_person: true })])).toBe(
    '3 renewals of 2 accounts. Something stands against 1 account. 1 account waits for a person.',
  );
});

test('a row says the way, the window, by when, and that the directory lets it expire', () => {
  const html = rendered(<ScheduleList rotations={[aScheduled({ by_expiry: true })]} plans={[aPlan()]} />);
  expect(html).toContain('href="/accounts/070gxjhrjb5qb#renewal"');
  expect(words(html)).toContain('Delegated reset · window: Monday to Friday, 22:00 to 04:00 the next day');
  expect(words(html)).toMatch(/at the latest 2026-12-1\d then the directory lets it expire soon/);
  expect(words(html)).not.toContain('Cannot begin');
});

test('what stands against one is told with its remedy; what a person must do, too', () => {
  const obstacle = 'no twin of svc-mailward@example.test is named';
  const remedy = 'name one: mailward account twin 070gxjhrjb5qb --name NAME --ask-password';
  const rotations = [
    aScheduled({ mode: 'twin', obstacle, remedy }),
    aScheduled({ account: other, mode: 'manual', by_person: true }),
  ];
  const shown = words(rendered(<ScheduleList rotations={rotations} plans={[]} />));
  expect(shown).toContain('Cannot begin No twin of svc-mailward@example.test is named.');
  expect(shown).toContain('mailward account twin 070gxjhrjb5qb --name NAME --ask-password');
  expect(shown).toContain('A person must');
  expect(shown).toContain('sets the new password in Active Directory');
});

test('accounts of which nothing is planned are told with the reason, those without a schedule first', () => {
  const plans = [
    aPlan({ account: '1', every_days: 30, has_password: false }),
    aPlan({ account: '2', every_days: 30, enabled: false }),
    aPlan({ account: '3', every_days: 365 }),
    aPlan({ account: '4', every_days: 0, mode: 'manual' }),
    aPlan({ account: '5', every_days: 0, mode: 'manual', twin: '6' }),
    aPlan({ account: '6', every_days: 60, mode: 'twin', twin: '5', account_name: 'svc-b' }),
  ];
  const unplanned = unplannedOf(plans, [aScheduled({ account: '6' })]);
  expect(unplanned.map(({ plan, isWithout }) => [plan.account, isWithout])).toEqual([
    ['4', true],
    ['1', false],
    ['2', false],
    ['3', false],
    ['5', false],
  ]);
  expect(unplanned.map((one) => one.why).join(' ')).toMatch(
    /only when somebody asks.*once a password.*disabled.*not within.*Takes turns with svc-b/,
  );
  const html = rendered(<UnplannedList unplanned={unplanned} />);
  expect(words(html).match(/Set a schedule/g)).toHaveLength(1);
  expect(words(rendered(<UnplannedList unplanned={unplanned} />, ['see_connections']))).not.toContain('Set a schedule');
});
