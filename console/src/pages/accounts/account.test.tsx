import { expect, test, vi } from 'vitest';

import { rendered, words } from '../../../dev/rendered';
import { anAccount, aRotation } from '../../../dev/samples';
import { CredentialVersions } from './credential_versions';
import { lossesOf } from './directory_choice';
import { ResetAccount } from './reset_account';
import { resetRightLines } from './reset_right';
import { RotationSection } from './rotation_section';

// The page's own stream wants a page.
vi.mock('~/live/page_stream', () => ({ pageStream: { claim: () => () => undefined } }));

const section = (over: Parameters<typeof anAccount>[0], underWay = false) =>
  rendered(<RotationSection account={anAccount(over)} rotations={[]} underWay={underWay} />);

const button = (html: string, name: string) =>
  html.match(/<button.*?<\/button>/gs)?.find((one) => words(one) === name) ?? '';

test('an account that has all it takes can be rotated now', () => {
  const html = section({});
  expect(button(html, 'Rotate now')).not.toBe('');
  expect(button(html, 'Rotate now')).not.toContain('disabled=""');
  expect(words(html)).not.toContain('cannot rotate');
});

test('one that has not says what is missing, and where that is dealt with', () => {
  const html = section({ directory: null, reset_account: null });
  expect(words(html)).toContain('Mailward cannot rotate this password yet');
  expect(html).toContain('href="#directory"');
  expect(html).toContain('href="#reset-account"');
  expect(button(html, 'Rotate now')).toContain('disabled=""');
  expect(button(html, 'Check first')).not.toContain('disabled=""');
});

test('where its own way wants something, another may be taken', () => {
  const html = section({ reset_account: null, rotation_mode: 'twin', twin: null, twin_name: '' });
  expect(words(html)).toContain('No twin of it is named');
  expect(words(html)).toContain('another can be taken now');
  expect(button(html, 'Rotate now')).not.toContain('disabled=""');
});

test('while one is under way no other is begun', () => {
  const html = section({}, true);
  expect(button(html, 'Rotate now')).toContain('disabled=""');
  expect(button(html, 'Check first')).toContain('disabled=""');
});

test('who may only look sees no buttons, but the history', () => {
  const rotations = [aRotation()];
  const html = rendered(<RotationSection account={anAccount()} rotations={rotations} underWay={false} />, [
    'see_connections',
  ]);
  expect(button(html, 'Rotate now')).toBe('');
  expect(html).toContain('href="/rotations/070gxk6ehbzay"');
});

test('a version that Mailward made says so, and where it was set', () => {
  const [typed] = anAccount().credentials;
  const made = {
    ...typed!,
    number: 2,
    origin: 'generated' as const,
    controller: 'dc1',
    password_last_set: '2026-11-29T14:05:19Z',
  };
  const shown = words(rendered(<CredentialVersions versions={[made, { ...typed!, state: 'previous' }]} />));
  expect(shown.match(/Made by Mailward/g)).toHaveLength(1);
  expect(shown).toMatch(/Set in Active Directory on 2026-11-\d\d \d\d:\d\d:19, at dc1/);
});

test('the reset account’s form says which right it needs; without a directory it says what comes first', () => {
  const html = rendered(<ResetAccount account={anAccount()} />);
  expect(words(html)).toContain('/G "EXAMPLE\\mailward-reset:CA;Reset Password"');
  expect(words(html)).toContain('One is stored and was accepted. Empty means: unchanged.');
  expect(button(html, 'Remove')).not.toBe('');
  const without = rendered(<ResetAccount account={anAccount({ directory: null, reset_account: null })} />);
  expect(words(without)).toContain('Its directory comes first');
  expect(without).not.toContain('<form');
});

test('another directory is asked about where it costs the password or the reset account', () => {
  const both = lossesOf(anAccount({ reset_account_name: 'EXAMPLE\\mailward-reset' }));
  expect(both[0]).toContain('until it is typed on each of them again');
  expect(both[1]).toMatch(/EXAMPLE\\mailward-reset.? is forgotten/);
  const [typed] = anAccount().credentials;
  expect(lossesOf(anAccount({ credentials: [{ ...typed!, origin: 'generated' }] }))[0]).toContain('account rebind');
  expect(lossesOf(anAccount({ password: 'none', reset_account: null }))).toEqual([]);
});

test('the lines for dsacls are those of the document, for the name that was typed', () => {
  expect(resetRightLines('', '')).toEqual({
    grant: 'dsacls "CN=svc-mailward,OU=Service,DC=example,DC=test" /G "EXAMPLE\\mailward-reset:CA;Reset Password"',
    unlock: 'dsacls "CN=svc-mailward,OU=Service,DC=example,DC=test" /G "EXAMPLE\\mailward-reset:RPWP;lockoutTime"',
    takeBack: 'dsacls "CN=svc-mailward,OU=Service,DC=example,DC=test" /R "EXAMPLE\\mailward-reset"',
  });
  expect(resetRightLines('', 'CORP\\reset').grant).toContain('"CORP\\reset:CA;Reset Password"');
  // A name with a quotation mark would end the word.
  expect(resetRightLines('', 'a" /G "Everyone').grant).toContain('"EXAMPLE\\mailward-reset:');
  // The account's own distinguished name, where it is known.
  const dn = 'CN=svc-mail,CN=Users,DC=corp,DC=test';
  expect(resetRightLines(dn, 'CORP\\reset').takeBack).toBe(`dsacls "${dn}" /R "CORP\\reset"`);
  expect(resetRightLines('Mailward (svc)', '').grant).toContain('CN=svc-mailward,OU=Service');
});
