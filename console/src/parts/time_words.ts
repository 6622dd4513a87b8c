const two = (value: number) => String(value).padStart(2, '0');

/** "2026-01-31 09:05:00", in the browser's time zone. */
export function exact(at: string): string {
  const time = new Date(at);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Up to how many of a unit are told, and how many make one of the next. */
const units: [limit: number, size: number, unit: string][] = [
  [60, 60, 'second'],
  [60, 60, 'minute'],
  [24, 24, 'hour'],
  [121, 30, 'day'],
  [12, 12, 'month'],
  [Infinity, 1, 'year'],
];

function counted(milliseconds: number): string {
  let amount = Math.floor(milliseconds / 1000);
  for (const [limit, size, unit] of units) {
    if (amount < limit) return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
    amount = Math.floor(amount / size);
  }
  return '';
}

/** "3 minutes ago", "just now", "in 2 days". */
export function ago(at: string, now: number): string {
  const passed = now - Date.parse(at);
  if (Math.abs(passed) < 5000) return 'just now';
  return passed > 0 ? counted(passed) + ' ago' : 'in ' + counted(-passed);
}

/** "816 ms", "13.8 s": how long something took. */
export function took(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** "5 minutes", "1 hour 30 minutes": of whole seconds. */
export function span(seconds: number): string {
  const parts: string[] = [];
  const take = (size: number, unit: string) => {
    const amount = Math.floor(seconds / size);
    if (amount > 0) parts.push(`${amount} ${unit}${amount === 1 ? '' : 's'}`);
    seconds -= amount * size;
  };
  take(86_400, 'day');
  take(3600, 'hour');
  take(60, 'minute');
  take(1, 'second');
  return parts.join(' ') || '0 seconds';
}
