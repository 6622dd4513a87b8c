import { expect, test } from 'vitest';

import { fingerprint, inOneLine, routeDifference, routeLines } from './destination';

const destination =
  'mailward-destination-1\news=mail.example.test:443\nfront_end=10.0.0.1:443\nfront_end=10.0.0.2:443\ntrust=sha256:6ab54c379f063894283ea1ccceeee0f815f8e8c90ba3530e5735e96709f28bc3\nauthentication=negotiate,ntlm\ndirectory=none\n';

test('a destination in words', () => {
  expect(routeLines(destination)).toEqual([
    { label: 'Host', value: 'mail.example.test:443' },
    { label: 'Front ends', value: '10.0.0.1:443, 10.0.0.2:443' },
    { label: 'Trust', value: 'sha256:6ab54c379f063894…' },
    { label: 'Authentication', value: 'negotiate, ntlm' },
  ]);
});

test('in one line it has neither its first line nor ends of lines', () => {
  expect(inOneLine(destination)).toMatch(
    /^ews=mail\.example\.test:443 front_end=\S+ front_end=\S+ trust=\S+ authentication=negotiate,ntlm directory=none$/,
  );
});

test('what differs is named', () => {
  const other = destination.replace('10.0.0.2', '10.0.0.9').replace('trust=sha256:6ab5', 'trust=sha256:7ab5');
  expect(routeDifference(destination, other)).toEqual(['Front ends', 'Trust']);
  expect(routeDifference(destination, destination)).toEqual([]);
});

test('the fingerprint is the one that the command line shows', async () => {
  // printf 'abc' | sha256sum
  expect(await fingerprint('abc')).toBe('ba7816bf8f01cfea');
});
