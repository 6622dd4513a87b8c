import { expect, test } from 'vitest';

import type { Rotation, Step } from '~/api/types';
import { RotationRows } from '~/rotations/rotation_rows';
import { Remedy } from '~/runs/remedy';

import { rendered, words } from '../../../dev/rendered';
import { aLoad, anOldPassword, aRotation } from '../../../dev/samples';
import { Experience } from './experience';
import { Facts } from './facts';
import { waitsTooLong } from './end_rotation';
import { OldPasswordReport } from './old_password';
import { Outcome } from './outcome';
import { WayTold } from './way';

const outcome = (over: Parameters<typeof aRotation>[0]) => words(rendered(<Outcome rotation={aRotation(over)} />));

test('while it goes on, its state stands in the service’s words', () => {
  const sentence = 'The new password is on its way to a domain controller.';
  const shown = outcome({ state: 'resetting', ended: null, meaning: sentence, sentence });
  expect(shown).toContain('Setting the password');
  expect(shown).toContain(sentence);
  expect(shown).toContain('It goes on by itself');
  expect(shown).not.toContain('To the service account');
});

test('one that holds sign-ins up for long can be ended', () => {
  const now = Date.parse('2026-05-04T08:01:00Z');
  const waiting = aRotation({ state: 'resetting', ended: null, updated: '2026-05-04T08:00:00Z' });
  expect(waitsTooLong(waiting, now)).toBe(true);
  expect(waitsTooLong({ ...waiting, updated: '2026-05-04T08:00:45Z' }, now)).toBe(false);
  expect(waitsTooLong({ ...waiting, state: 'promoted' }, now)).toBe(false);
  expect(waitsTooLong({ ...waiting, state: 'unclear', ended: '2026-05-04T08:00:30Z' }, now)).toBe(false);
});

test('the good end needs no more words', () => {
  const shown = outcome({});
  expect(shown).toContain('The password is renewed');
  expect(shown).not.toContain('To the service account');
});

test('a degraded end says what is amiss, where, and what to do', () => {
  const shown = outcome({
    degraded: true,
    behind: ['dc3.example.test'],
    remedy: 'Let them replicate: repadmin /syncall',
  });
  expect(shown).toContain('not all is as it should be');
  expect(shown).toContain('Nothing has to be undone');
  expect(shown).toContain('Not there yet: dc3.example.test');
  expect(shown).toContain('repadmin /syncall');
});

test('a controller that has caught up since is told', () => {
  const caughtUp = { controller: 'dc3.example.test', at: '2026-05-04T08:00:00Z', accepted: true };
  expect(outcome({ degraded: true, caught_up: [caughtUp] })).toMatch(
    /dc3.example.test caught up .* and took the new password/,
  );
  expect(outcome({ degraded: true, caught_up: [{ ...caughtUp, accepted: false }] })).toContain(
    'refused the new password',
  );
});

test('undone and unclear are explained, and lead to the account', () => {
  expect(outcome({ state: 'undone', why: 'refused' })).toMatch(
    /Undone.*of before stays in use.*To the service account/,
  );
  expect(outcome({ state: 'unclear' })).toMatch(/Unclear: a person is needed.*no password is thrown away/);
});

test('no failed call is shown as that, first and for each load', () => {
  const html = rendered(<Experience rotation={aRotation()} />);
  expect(words(html)).toContain('Calls failed 0 of 812');
  expect(words(html)).toContain('Sign-in door closed 412 ms');
  expect(words(html)).toContain('Longest hold 390 ms 14 held');
  expect(words(html)).toContain('Sync & Recover 0 812 14 390 ms 0');
  expect(html).toContain('data-tone="good"');
  expect(html).not.toContain('data-tone="bad"');
});

test('of twins, only the resting account’s door is closed', () => {
  const shown = (mode: Rotation['mode']) => words(rendered(<Experience rotation={aRotation({ mode })} />));
  expect(shown('twin')).toContain('412 ms of the account that rested');
  expect(shown('self_change')).not.toContain('rested');
});

test('a failed call is told with its reason', () => {
  const load = aLoad({ failed: 3, gate_timeouts: 2, last_failure: 'The server closed the connection.' });
  const html = rendered(<Experience rotation={aRotation({ loads: [load] })} />);
  expect(words(html)).toContain('Calls failed 3 of 812');
  expect(words(html)).toContain('2 waited at the door longer than they may. The server closed the connection.');
  expect(html).toContain('data-tone="bad"');
});

test('where no call was made, that is said instead of a table', () => {
  const quiet = aRotation({ loads: [], door_closed: null, door_closed_ms: null });
  const html = rendered(<Experience rotation={quiet} />);
  expect(words(html)).toContain('No call was made meanwhile');
  expect(words(html)).toContain('Sign-in door closed never');
  expect(html).not.toContain('<table');
  expect(words(html)).toContain('Calls failed – no call counted');
  // Nothing is praised that did not happen.
  expect(html).not.toContain('data-tone="good"');
});

test('counts that a restart may have lost are not told as zero', () => {
  const shown = words(rendered(<Experience rotation={aRotation({ loads: [] })} />));
  expect(shown).toContain('No call was counted');
  expect(shown).toContain('the service was restarted');
  expect(shown).not.toContain('No call was made');
});

test('who began it, how and where', () => {
  const shown = words(rendered(<Facts rotation={aRotation()} />));
  expect(shown).toContain('By root, on the server');
  expect(shown).toContain('Way Set by the reset account');
  expect(shown).toContain('Domain controller dc1.example.test');
  expect(shown).toContain('Took 14.0 s');
});

test('a remedy that names a rotation leads to it', () => {
  const html = rendered(<Remedy text="mailward rotation show 070gxk6ehbzay" />);
  expect(html).toContain('href="/rotations/070gxk6ehbzay"');
  expect(words(html)).toBe('Watch the rotation');
});

test('a row of the history leads to its page, and shows failed calls', () => {
  const rotations = [aRotation({ mode: 'manual', loads: [aLoad({ failed: 2 })] })];
  const html = rendered(<RotationRows rotations={rotations} />);
  expect(html).toContain('href="/rotations/070gxk6ehbzay"');
  expect(words(html)).toContain('typed by a person');
  expect(words(html)).toContain('Door closed: 412 ms 2 of 812 calls failed');
});

const aSwitch = (evidence: Record<string, unknown>): Step => ({
  position: 1,
  name: 'switch',
  outcome: 'ok',
  evidence,
  remedy: '',
  offer: null,
  started: '2026-11-29T14:05:19Z',
  milliseconds: 3,
  seq: 1,
});

test('of twins it is told which took over', () => {
  const told = (steps: Step[], over: Parameters<typeof aRotation>[0] = {}) =>
    words(rendered(<WayTold rotation={aRotation({ mode: 'twin', account_name: 'svc-b', ...over })} steps={steps} />));
  expect(told([aSwitch({ switched: true, from: 'svc-a', to: 'svc-b' })])).toBe(
    'svc-b took over from svc-a, which rests now with the password that it had.',
  );
  expect(told([aSwitch({ switched: false, why: 'Not every connection works.' })])).toContain(
    'The connections stay with the other account',
  );
  expect(told([], { ended: null })).toContain('takes over from its twin once it works');
});

test('the other ways are told, the usual one is not', () => {
  const told = (mode: Rotation['mode']) => words(rendered(<WayTold rotation={aRotation({ mode })} steps={[]} />));
  expect(told('self_change')).toContain('no reset account takes part');
  expect(told('external')).toContain('another vault');
  expect(told('delegated_reset')).toBe('');
});

test('what is known of the old password, what is not, and the line for each controller', () => {
  const seen = [
    {
      at: '2026-11-29T14:20:00Z',
      kind: 'locked_out' as const,
      controller: 'dc1.example.test',
      text: 'the account was locked out there.',
      last: null,
      times: 1,
    },
  ];
  const html = rendered(<OldPasswordReport rotation="070gxk6ehbzay" report={anOldPassword({ seen })} />);
  expect(words(html)).toMatch(/It is watched until .* still shows another password/);
  expect(words(html)).toContain('Locked out');
  expect(html).toContain('data-tone="bad"');
  expect(words(html)).toContain(
    "dc1.example.test Get-WinEvent -ComputerName 'dc1.example.test'".replace(' Get', 'Get'),
  );
  expect(html).toContain('aria-label="Copy the command for dc1.example.test"');
  expect(words(html)).toContain('Hand in a CSV file');
  const looked = rendered(<OldPasswordReport rotation="070gxk6ehbzay" report={anOldPassword()} />, ['see_connections']);
  expect(words(looked)).toContain('shows no use of another password so far');
  expect(words(looked)).not.toContain('Hand in');
});

test('before a controller was read there is no line, and no file to hand in', () => {
  const shown = words(rendered(<OldPasswordReport rotation="1" report={anOldPassword({ commands: [] })} />));
  expect(shown).toContain('once a controller has been read');
  expect(shown).not.toContain('Hand in');
});
