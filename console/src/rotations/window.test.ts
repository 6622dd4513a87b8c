import { expect, test } from 'vitest';

import { isOvernight, windowProblem, windowText, windowValues, windowWords, type Weekday } from './window';

test('what the service writes is read, and written as it reads it', () => {
  const night = windowValues('mon-fri 22:00-04:00');
  expect(night).toEqual({ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', until: '04:00' });
  expect(windowText(night)).toBe('mon,tue,wed,thu,fri 22:00-04:00');
  expect(windowValues('sun-tue 01:00-05:00').days).toEqual(['mon', 'tue', 'sun']);
  expect(windowText(windowValues('daily 00:00-24:00'))).toBe('daily 00:00-24:00');
  expect(windowText({ days: ['sun', 'sat'], from: '20:00', until: '00:00' })).toBe('sat,sun 20:00-24:00');
});

test('a window that goes past midnight is told as such', () => {
  expect(isOvernight(windowValues('daily 22:00-04:00'))).toBe(true);
  expect(isOvernight(windowValues('daily 22:00-24:00'))).toBe(false);
  expect(isOvernight(windowValues('daily 01:00-05:00'))).toBe(false);
  expect(windowWords('mon-fri 22:00-04:00')).toBe('Monday to Friday, 22:00 to 04:00 the next day');
  expect(windowWords('sat,sun 20:00-24:00')).toBe('Saturday and Sunday, 20:00 to midnight');
  expect(windowWords('mon-wed,fri 00:00-24:00')).toBe('Monday to Wednesday, Friday, all day');
  expect(windowWords('daily 00:00-24:00')).toBe('at any time');
});

test('what is no window is said before it is sent', () => {
  const days: Weekday[] = ['mon'];
  expect(windowProblem({ days, from: '22:00', until: '04:00' })).toBe('');
  expect(windowProblem({ days, from: '00:00', until: '00:00' })).toBe('');
  expect(windowProblem({ days: [], from: '22:00', until: '04:00' })).toContain('day');
  expect(windowProblem({ days, from: '', until: '04:00' })).toContain('times');
  expect(windowProblem({ days, from: '22:00', until: '22:00' })).toContain('same time');
});
