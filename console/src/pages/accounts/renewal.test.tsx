import { expect, test, vi } from 'vitest';

import type { ExternalSource, RotationPlan } from '~/api/types';
import { planQuery, sourceQuery } from '~/rotations/queries';
import { queries } from '~/session/session';

import { rendered, words } from '../../../dev/rendered';
import { anAccount, aScheduled } from '../../../dev/samples';
import { Renewal, RenewalFacts } from './renewal';
import { planWords } from './renewal_form';
import { RotateWords } from './rotate_words';
import { Source } from './source';
import { commandLine, shellWord, sourceWords } from './source_words';
import { Twin, TwinEditor } from './twin';
import { planProblems, valuesOf } from './use_plan';

vi.mock('~/live/page_stream', () => ({ pageStream: { claim: () => () => undefined } }));

const aSource: ExternalSource = {
  command: ['/usr/local/bin/fetch password', 'a'],
  url: '',
  trust_pem: '',
  has_token: false,
  updated: '2026-11-29T14:05:14Z',
  updated_by: 'local:0',
};

function aPlanOf(over: Partial<RotationPlan> = {}): RotationPlan {
  return {
    account: '070gxjhrjb5qb',
    account_name: 'svc-mailward@example.test',
    version: 3,
    mode: 'delegated_reset',
    every_days: 30,
    window: 'mon-fri 22:00-04:00',
    unlocks: false,
    password_expires: null,
    password_expires_read: null,
    updated: '2026-11-29T14:05:14.052Z',
    updated_by: 'local:0',
    next: aScheduled(),
    ...over,
  };
}

const facts = (over: Partial<RotationPlan>) => words(rendered(<RenewalFacts plan={aPlanOf(over)} />));

function renewal(over: Parameters<typeof anAccount>[0], plan: Partial<RotationPlan>, mayChange = true) {
  const account = anAccount(over);
  queries.setQueryData(planQuery(account.id).queryKey, aPlanOf(plan));
  return rendered(<Renewal account={account} />, mayChange ? undefined : ['see_connections']);
}

test('when it is its turn, and until when the password lives', () => {
  expect(facts({})).toMatch(/Next renewal 2026-12-0\d .* At the latest 2026-12-1\d .* not known/);
  expect(facts({ next: aScheduled({ by_expiry: true }) })).toContain('soon after, the directory lets it expire');
  expect(facts({ next: null, every_days: 0 })).toContain('only when somebody asks');
  expect(facts({ next: null })).toContain('not before a password of it has signed in');
  expect(facts({ next: aScheduled({ mode: 'manual', by_person: true }) })).toContain('by a person, at the latest');
  const read = '2026-11-29T14:05:14Z';
  expect(facts({ password_expires_read: read })).toContain('Expires in Active Directory never');
  expect(facts({ password_expires_read: read, password_expires: '2027-01-03T12:00:00Z' })).toContain('2027-01-03');
});

test('what stands against the next one is told with what to do', () => {
  const next = aScheduled({ obstacle: 'no twin of it is named', remedy: 'mailward account twin svc --name NAME' });
  expect(facts({ next })).toContain('No twin of it is named. mailward account twin svc --name NAME');
});

test('a way whose needs are missing says so, with the way there, and is not saved', () => {
  const html = renewal({ directory: null, reset_account: null }, {});
  expect(words(html)).toContain('Delegated reset wants something first');
  expect(html).toContain('href="#directory"');
  expect(html).toContain('href="#reset-account"');
  expect(words(renewal({}, {}))).not.toContain('wants something first');
});

test('the window is shown where it is of use', () => {
  expect(words(renewal({}, {}))).toContain('It may begin Monday to Friday, 22:00 to 04:00 the next day.');
  expect(words(renewal({}, { every_days: 0 }))).not.toContain('Maintenance window');
  expect(words(renewal({}, { mode: 'manual' }))).not.toContain('Maintenance window');
});

test('who may only look reads it in a line', () => {
  const html = renewal({}, {}, false);
  expect(html).not.toContain('<form');
  expect(words(html)).toContain('Delegated reset, every 30 days, Monday to Friday, 22:00 to 04:00 the next day.');
  expect(planWords({ mode: 'manual', every_days: 0, window: '' })).toBe('by hand, only when somebody asks');
});

test('what does not hold is said by field', () => {
  const values = valuesOf(aPlanOf());
  expect(planProblems(values)).toEqual({});
  expect(Object.keys(planProblems({ ...values, every: '' }))).toEqual(['every_days']);
  expect(Object.keys(planProblems({ ...values, every: 367 }))).toEqual(['every_days']);
  expect(Object.keys(planProblems({ ...values, window: { ...values.window, days: [] } }))).toEqual(['window']);
});

test('each way is told before it is taken', () => {
  const told = (way: Parameters<typeof RotateWords>[0]['way']) =>
    words(rendered(<RotateWords account={anAccount({ twin_name: 'svc-b' })} way={way} />));
  expect(told('delegated_reset')).toContain('EXAMPLE\\mailward-reset sets it in Active Directory');
  expect(told('self_change')).toContain('there is no way back');
  expect(told('twin')).toMatch(/svc-b.*No door is closed/);
  expect(told('external')).toContain('it sets none itself');
});

const connection = {
  id: '070gxjhrjb5qc',
  description: 'Head office',
  destination: 'mailward-destination-1\news=mail.example.test:443\n',
  destination_proven: false,
};

test('the twin’s password is typed for every connection, each with where it goes', () => {
  const html = rendered(<TwinEditor account={anAccount({ connections: [connection] })} />);
  expect(words(html)).toMatch(/On .*Head office.* its password will go to ?new: none was accepted there yet/);
  expect(words(html)).toContain('mail.example.test:443');
  expect(words(html)).not.toContain('Remove twin');
  const named = { twin: '070gxjhrjb5qt', twin_name: 'svc-b' };
  expect(words(rendered(<Twin account={anAccount({ ...named, connections: [connection] })} />))).toMatch(
    /svc-b is its twin, and rests.*Remove twin/,
  );
  expect(words(rendered(<Twin account={anAccount(named)} />))).toContain('this one rests');
});

test('what a twin wants first is said', () => {
  expect(words(rendered(<Twin account={anAccount({ directory: null })} />))).toContain('Its directory comes first');
  expect(words(rendered(<Twin account={anAccount()} />))).toContain('A connection comes first');
  expect(words(rendered(<Twin account={anAccount({ connections: [connection] })} />))).toBe(
    'None is named. Name a twin',
  );
  expect(words(rendered(<Twin account={anAccount()} />, ['see_connections']))).toBe('None is named.');
});

test('another vault: what stands, and how a program is named on the server', () => {
  const account = anAccount();
  const stands = (source: ExternalSource | null) => queries.setQueryData(sourceQuery(account.id).queryKey, source);
  const shown = () => words(rendered(<Source account={account} />));
  stands(null);
  expect(shown()).toContain('None hands over its passwords');
  expect(shown()).toContain('Name a vault');
  stands(aSource);
  expect(shown()).toContain('mailward account source svc-mailward@example.test --command');
  expect(shown()).toContain("this program on Mailward’s server: '/usr/local/bin/fetch password' a");
  stands({ ...aSource, url: 'https://v.test/', has_token: true });
  expect(shown()).toContain('this address, with the token that is stored: https://v.test/');
});

test('words of a command line stay words', () => {
  expect(shellWord('svc@example.test')).toBe('svc@example.test');
  expect(shellWord("EXAMPLE\\o'neil")).toBe(`'EXAMPLE\\o'\\''neil'`);
  expect(commandLine('EXAMPLE\\svc')).toContain("source 'EXAMPLE\\svc' --command");
  expect(sourceWords({ url: 'https://v.test/', command: [] })).toBe('https://v.test/');
});
