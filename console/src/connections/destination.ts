/** Where a password would go, as the service writes it: one "key=value" a line. Here it is put into a person's words. */

export interface RouteLine {
  label: string;
  value: string;
}

const labels: [string, string][] = [
  ['reader', 'Signs in as'],
  ['confirmed', 'Confirmed hosts'],
  ['ews', 'Host'],
  ['front_end', 'Front ends'],
  ['trust', 'Trust'],
  ['authentication', 'Authentication'],
  ['autodiscover', 'Autodiscover domain'],
  ['proxy', 'Proxy'],
  ['proxy_trust', 'Proxy’s trust'],
  ['directory', 'Directory'],
  ['realm', 'Kerberos realm'],
  ['controller', 'Domain controllers'],
  ['directory_trust', 'Directory’s trust'],
];

const kShownDigits = 16;

function fields(destination: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of destination.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    const key = line.slice(0, equals);
    found.set(key, [...(found.get(key) ?? []), line.slice(equals + 1)]);
  }
  return found;
}

function trustWords(value: string): string {
  if (value === 'system') return 'the system’s authorities';
  const digits = 'sha256:'.length + kShownDigits;
  return value.length > digits ? value.slice(0, digits) + '…' : value;
}

export function routeLines(destination: string): RouteLine[] {
  const found = fields(destination);
  return labels.flatMap(([key, label]) => {
    const values = found.get(key);
    const isEmpty = !values || values.every((value) => value === '');
    if (isEmpty || (key === 'directory' && values[0] === 'none')) return [];
    const words = key.endsWith('trust') ? values.map(trustWords) : values;
    return [{ label, value: words.join(', ').replaceAll(/,(?=\S)/g, ', ') }];
  });
}

/** As the command line takes it: its lines in one. */
export function inOneLine(destination: string): string {
  return destination.trim().split('\n').slice(1).join(' ');
}

/** The names of what differs between two. */
export function routeDifference(before: string, after: string): string[] {
  const [a, b] = [fields(before), fields(after)];
  return labels
    .filter(([key]) => (a.get(key) ?? []).join('\n') !== (b.get(key) ?? []).join('\n'))
    .map(([, label]) => label);
}

/** The number by which the command line names a destination. */
export async function fingerprint(destination: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(destination));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.slice(0, kShownDigits);
}
