import { expect, test } from 'vitest';

import {
  changedFields,
  differences,
  emptyForm,
  type FormValues,
  formOf,
  mergedValues,
  shown,
  signOf,
} from './form_model';

const base: FormValues = {
  ...emptyForm,
  description: 'Head office',
  ews_url: 'https://a.example.test/',
  front_ends: 'ex01\nex02',
};

test('white space, blank lines and the order of choices change nothing', () => {
  const mine: FormValues = {
    ...base,
    description: ' Head office ',
    front_ends: 'ex01,\n\n ex02',
    authentication: ['ntlm', 'negotiate'],
  };
  expect(changedFields(base, mine)).toEqual([]);
  expect(formOf(mine).front_ends).toEqual(['ex01', 'ex02']);
});

test('what changes nothing leaves a test of the form a test of it', () => {
  const mine: FormValues = { ...base, authentication: ['ntlm', 'negotiate'] };
  expect(signOf(mine, '')).toBe(signOf(base, ''));
  expect(signOf(base, 'typed')).not.toBe(signOf(base, ''));
});

test('what the other changed is told field by field', () => {
  const mine: FormValues = { ...base, description: 'Mine', concurrency: 10 };
  const theirs: FormValues = { ...base, description: 'Theirs', mailbox_check: 'usera@example.test', concurrency: '10' };
  expect(differences(base, mine, theirs)).toEqual([
    { field: 'description', both: true },
    { field: 'mailbox_check', both: false },
  ]);
});

test('taking theirs loses nothing else that was typed', () => {
  const mine: FormValues = { ...base, description: 'Mine', user_agent: 'typed' };
  const theirs: FormValues = { ...base, description: 'Theirs', mailbox_check: 'usera@example.test' };
  const result = mergedValues(mine, theirs, ['mailbox_check']);
  expect(result).toEqual({ ...mine, mailbox_check: 'usera@example.test' });
});

test('a number that is none goes as it was typed', () => {
  expect(formOf({ ...base, concurrency: '' }).concurrency).toBe('');
});

test('trust is shown by what it is, never as a wall of letters', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  expect(shown({ ...base, trust_pem: pem + pem }, 'trust_pem')).toBe('2 certificates of its own');
  expect(shown(base, 'trust_pem')).toBe('The system’s authorities');
});
