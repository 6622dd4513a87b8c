/** When a renewal may begin by itself: days of the week and times of day, by the clock on the server's wall. */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

export const weekdayNames: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** As a form has it: "00:00" to "00:00" is the whole day, for no clock shows 24:00. */
export interface WindowValues {
  days: Weekday[];
  from: string;
  until: string;
}

const kMidnight = '00:00';
const kTime = /^([01]\d|2[0-3]):[0-5]\d$/;

function daysIn(text: string): Weekday[] {
  if (text === 'daily') return [...weekdays];
  const found = new Set<Weekday>();
  for (const part of text.split(',')) {
    const [first, last] = part.split('-').map((name) => weekdays.indexOf(name as Weekday));
    if (first === undefined || first < 0) continue;
    const end = last === undefined || last < 0 ? first : last;
    for (let day = first; ; day = (day + 1) % weekdays.length) {
      found.add(weekdays[day]!);
      if (day === end) break;
    }
  }
  return weekdays.filter((day) => found.has(day));
}

/** Of what the service writes: "mon-fri 22:00-04:00". */
export function windowValues(text: string): WindowValues {
  const [days = '', times = ''] = text.split(' ');
  const [from = kMidnight, until = kMidnight] = times.split('-');
  return { days: daysIn(days), from, until: until === '24:00' ? kMidnight : until };
}

/** As the service reads it. */
export function windowText({ days, from, until }: WindowValues): string {
  const chosen = weekdays.filter((day) => days.includes(day));
  const named = chosen.length === weekdays.length ? 'daily' : chosen.join(',');
  return `${named} ${from}-${until === kMidnight ? '24:00' : until}`;
}

/** What keeps it from being one; '' where nothing does. */
export function windowProblem({ days, from, until }: WindowValues): string {
  if (days.length === 0) return 'Choose a day at least.';
  if (!kTime.test(from) || !kTime.test(until)) return 'Give both times.';
  if (from === until && from !== kMidnight)
    return 'It opens and closes at the same time. The whole day is 00:00 to 00:00.';
  return '';
}

/** Whether it closes on the day after it opened. */
export function isOvernight({ from, until }: WindowValues): boolean {
  return until !== kMidnight && until < from;
}

/** "Monday to Friday", "Saturday and Sunday", "Monday to Wednesday, Friday". */
function dayWords(days: readonly Weekday[]): string {
  if (days.length === weekdays.length) return 'every day';
  const runs: Weekday[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && weekdays.indexOf(before) + 1 === weekdays.indexOf(day)) run.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) => {
      const [first, last] = [weekdayNames[run[0]!], weekdayNames[run.at(-1)!]];
      return run.length === 1 ? first : `${first} ${run.length === 2 ? 'and' : 'to'} ${last}`;
    })
    .join(', ');
}

function inWords(values: WindowValues): string {
  const { days, from, until } = values;
  const isWholeDay = from === kMidnight && until === kMidnight;
  if (isWholeDay) return days.length === weekdays.length ? 'at any time' : `${dayWords(days)}, all day`;
  const end = until === kMidnight ? 'midnight' : isOvernight(values) ? `${until} the next day` : until;
  return `${dayWords(days)}, ${from} to ${end}`;
}

/** "Monday to Friday, 22:00 to 04:00 the next day", of what the service writes. */
export function windowWords(text: string): string {
  return inWords(windowValues(text));
}
