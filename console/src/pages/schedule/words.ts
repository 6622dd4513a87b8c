import type { AccountPlan, ScheduledRotation } from '~/api/types';
import { exact } from '~/parts/time_words';

const kWeekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** "2026-12-05", in the browser's time zone. */
export function dayOf(at: string): string {
  return exact(at).slice(0, 10);
}

/** "22:17", in the browser's time zone. */
export function timeOf(at: string): string {
  return exact(at).slice(11, 16);
}

export interface Line {
  rotation: ScheduledRotation;
  /** The account's first one: what stands against it is told here, not each time again. */
  isFirst: boolean;
  isLate: boolean;
}

export interface Day {
  day: string;
  weekday: string;
  lines: Line[];
}

/** The renewals under their days, in their order. */
export function inDays(rotations: readonly ScheduledRotation[], now: number): Day[] {
  const days: Day[] = [];
  const seen = new Set<string>();
  for (const rotation of rotations) {
    const day = dayOf(rotation.due);
    const line = {
      rotation,
      isFirst: !seen.has(rotation.account),
      isLate: Date.parse(rotation.deadline) < now,
    };
    seen.add(rotation.account);
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, weekday: kWeekdays[new Date(rotation.due).getDay()] ?? '', lines: [line] });
  }
  return days;
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** What the list says, in a sentence or two. */
export function summaryOf(rotations: readonly ScheduledRotation[]): string {
  const accounts = new Set(rotations.map((one) => one.account)).size;
  const held = new Set(rotations.filter((one) => one.obstacle !== '').map((one) => one.account)).size;
  const byHand = new Set(rotations.filter((one) => one.by_person).map((one) => one.account)).size;
  return [
    `${counted(rotations.length, 'renewal', 'renewals')} of ${counted(accounts, 'account', 'accounts')}.`,
    held > 0 && `Something stands against ${counted(held, 'account', 'accounts')}.`,
    byHand > 0 && `${counted(byHand, 'account waits', 'accounts wait')} for a person.`,
  ]
    .filter(Boolean)
    .join(' ');
}

export interface Unplanned {
  plan: AccountPlan;
  why: string;
  /** Nobody has given it a schedule, and nothing else renews it. */
  isWithout: boolean;
}

/** The accounts of which nothing stands in the list, and why; those without a schedule first. */
export function unplannedOf(plans: readonly AccountPlan[], rotations: readonly ScheduledRotation[]): Unplanned[] {
  const planned = new Set(rotations.map((one) => one.account));
  const found = plans
    .filter((plan) => !planned.has(plan.account))
    .map((plan): Unplanned => {
      const told = (why: string) => ({ plan, why, isWithout: false });
      const twin = plans.find((one) => one.account === plan.twin && one.mode === 'twin' && one.every_days > 0);
      if (plan.every_days === 0 && twin)
        return told(`Takes turns with ${twin.account_name}, whose schedule is for both.`);
      if (plan.every_days === 0) return { plan, why: 'Renewed only when somebody asks.', isWithout: true };
      const every = `Every ${counted(plan.every_days, 'day', 'days')}`;
      if (!plan.enabled) return told(`${every}, but it is disabled.`);
      if (!plan.has_password) return told(`${every}, once a password of it has signed in.`);
      return told(`${every}; not within the next 90 days.`);
    });
  return [...found.filter((one) => one.isWithout), ...found.filter((one) => !one.isWithout)];
}
