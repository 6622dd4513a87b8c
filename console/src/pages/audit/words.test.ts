import { expect, test } from 'vitest';

import { actorWords } from '~/users/words';

import { actorKind, actWords, changesOf, factsOf, isUnknownPerson, nameWithin } from './words';

test('an act that nobody here knows is told by its name', () => {
  expect(actWords('connection.update')).toBe('Connection changed');
  expect(actWords('mailbox.brand_new')).toBe('Mailbox brand new');
});

test.each([
  [{ actor: 'user:07u1', actor_name: 'admin' }, 'admin'],
  [{ actor: 'local:0', actor_name: '' }, 'root, on the server'],
  [{ actor: 'local:1000', actor_name: 'local:1000' }, 'user 1000, on the server'],
  [{ actor: 'system:heartbeat', actor_name: '' }, 'Mailward (heartbeat)'],
  [{ actor: 'user:gone', actor_name: '' }, 'user:gone'],
])('%o is %s', (entry, words) => expect(actorWords(entry)).toBe(words));

test('who was turned away is somebody, and not Mailward', () => {
  const turned = { actor: 'system:access', action: 'session.create', outcome: 'refused', token: '' };
  expect(isUnknownPerson(turned)).toBe(true);
  expect(actorKind(turned)).toBe('');
  const counted = { ...turned, action: 'session.refusals' };
  expect(isUnknownPerson(counted)).toBe(false);
  expect(actorKind(counted)).toBe('by itself');
});

test.each([
  [{ after: { description: 'nightly' } }, 'nightly'],
  [{ before: { description: 'nightly' } }, 'nightly'],
  [{ name: 'alice', after: { name: 'other' } }, 'alice'],
  [{ reason: 'unknown_name' }, ''],
  [null, ''],
])('%o calls its thing %s', (details, name) => expect(nameWithin(details as never)).toBe(name));

test('a change is shown field by field, the rest as facts', () => {
  const details = {
    before: { state: 'untested', reason: '' },
    after: { state: 'healthy', front_ends: ['a', 'b'] },
    run: 'r1',
    unsaved: false,
  };
  expect(changesOf(details)).toEqual([
    { field: 'State', before: 'untested', after: 'healthy' },
    { field: 'Reason', before: '–', after: '–' },
    { field: 'Front ends', before: '–', after: 'a, b' },
  ]);
  expect(factsOf(details)).toEqual([
    ['Run', 'r1'],
    ['Unsaved', 'no'],
  ]);
  expect(changesOf(null)).toEqual([]);
  expect(factsOf(null)).toEqual([]);
});
