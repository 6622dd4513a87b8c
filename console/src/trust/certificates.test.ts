import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { readCertificates } from './certificates';

/** A certificate that OpenSSL makes, as PEM. */
function made(subject: string, days: number): string {
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '/dev/null'];
  return execFileSync('openssl', ['req', '-x509', ...options, '-utf8', '-subj', subject, '-days', String(days)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('subject and end of what OpenSSL made', () => {
  const pem = made('/C=CH/O=Example/CN=Würz Root CA', 365) + '\n' + made('/O=Only an organisation', 36_500);
  const found = readCertificates(pem);
  expect(found.map((one) => one.subject)).toEqual(['Würz Root CA', 'Only an organisation']);
  const days = found.map((one) => Math.round((Date.parse(one.validUntil) - Date.now()) / 86_400_000));
  expect(days).toEqual([365, 36_500]);
});

test('what is no certificate is none, and does no harm', () => {
  expect(readCertificates('')).toEqual([]);
  expect(readCertificates('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toEqual([
    { subject: '', validUntil: '' },
  ]);
  expect(readCertificates('-----BEGIN CERTIFICATE-----\nMIIBIjCC/////w==\n-----END CERTIFICATE-----')).toEqual([
    { subject: '', validUntil: '' },
  ]);
  expect(readCertificates('-----BEGIN CERTIFICATE-----\nQ=Q=\n-----END CERTIFICATE-----')).toEqual([
    { subject: '', validUntil: '' },
  ]);
});
