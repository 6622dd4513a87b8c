import { expect, test } from 'vitest';

import { remedyParts, rotationIn } from './remedy_words';

const marks = { words: '', command: '> ', inline: '= ' };
const told = (remedy: string) => remedyParts(remedy).map((part) => marks[part.kind] + part.text);

test.each([
  ['Check the port of the EWS URL and what listens there.', ['Check the port of the EWS URL and what listens there.']],
  ['Enable-ADAccount svc@example.test', ['> Enable-ADAccount svc@example.test']],
  [
    'On the Exchange server: Get-Service W3SVC; netstat -ano | findstr :443. Check the balancer.',
    ['On the Exchange server:', '> Get-Service W3SVC', '> netstat -ano | findstr :443', 'Check the balancer.'],
  ],
  ['Find out who locks it, then: Unlock-ADAccount svc', ['Find out who locks it, then:', '> Unlock-ADAccount svc']],
  [
    'Set-ADUser svc -ChangePasswordAtLogon $false, after a reset; then type the new password here.',
    ['= Set-ADUser svc -ChangePasswordAtLogon $false', ', after a reset; then type the new password here.'],
  ],
  [
    "Check the master mailbox's name: Get-ADUser -Filter \"UserPrincipalName -eq 'svc@example.test'\"",
    ["Check the master mailbox's name:", '> Get-ADUser -Filter "UserPrincipalName -eq \'svc@example.test\'"'],
  ],
  [
    'Check the account (Get-ADUser svc -Properties BadPwdCount,LockedOut), then ask for one more try (--try-again).',
    ['Check the account (', '= Get-ADUser svc -Properties BadPwdCount,LockedOut', '), then ask for one more try.'],
  ],
  [
    'Check the account (Get-ADUser svc -Server (Get-ADDomain).PDCEmulator), then wait.',
    ['Check the account (', '= Get-ADUser svc -Server (Get-ADDomain).PDCEmulator', '), then wait.'],
  ],
  [
    'It is not tried again. With a directory (mailward directory add) Mailward tells these apart itself.',
    ['It is not tried again. With a directory (', '= mailward directory add', ') Mailward tells these apart itself.'],
  ],
  [
    'Get-ManagementRoleAssignment | fl Role must show ApplicationImpersonation; if it does, look there.',
    ['= Get-ManagementRoleAssignment | fl Role', ' must show ApplicationImpersonation; if it does, look there.'],
  ],
  [
    'Type it again, or confirm that it is meant as it is (--password-as-is).',
    ['Type it again, or confirm that it is meant as it is.'],
  ],
  [
    'Get-Recipient a@example.test | fl RecipientTypeDetails (RemoteUserMailbox: it was moved)',
    ['> Get-Recipient a@example.test | fl RecipientTypeDetails', '(RemoteUserMailbox: it was moved)'],
  ],
  [
    "Set-OrganizationConfig -EwsAllowList @{Add='Mailward/*'}. Do not switch a policy on for this.",
    ["> Set-OrganizationConfig -EwsAllowList @{Add='Mailward/*'}", 'Do not switch a policy on for this.'],
  ],
])('%s', (remedy, parts) => expect(told(remedy)).toEqual(parts));

test('nothing is lost of what it does not understand', () => {
  const remedy = 'Something, with (odd: brackets and \'quotes; that "never end.';
  expect(told(remedy).join(' ')).toBe(remedy);
});

test('where a document says more is no part of the command', () => {
  const remedy =
    'name one: mailward account reset-account 070 --name NAME (docs/active-directory.md says what it needs)';
  expect(remedyParts(remedy)).toEqual([
    { kind: 'words', text: 'name one:' },
    { kind: 'command', text: 'mailward account reset-account 070 --name NAME' },
    { kind: 'words', text: '(docs/active-directory.md says what it needs)' },
  ]);
});

test('a tool of Active Directory’s in the midst of a remedy', () => {
  const remedy = 'Let them replicate: repadmin /syncall /AdeP; Mailward does not sign in there before.';
  expect(remedyParts(remedy)).toEqual([
    { kind: 'words', text: 'Let them replicate:' },
    { kind: 'command', text: 'repadmin /syncall /AdeP' },
    { kind: 'words', text: 'Mailward does not sign in there before.' },
  ]);
});

test('a rotation that is to be looked at has a page here', () => {
  expect(rotationIn('mailward rotation show 070gxk6ehbzay')).toEqual({ rest: '', rotation: '070gxk6ehbzay' });
  expect(rotationIn('wait for its end; mailward rotation show 070gxk6ehbzay says what it waits for')).toEqual({
    rest: 'wait for its end',
    rotation: '070gxk6ehbzay',
  });
  expect(rotationIn('look at dc1')).toEqual({ rest: 'look at dc1', rotation: '' });
});
