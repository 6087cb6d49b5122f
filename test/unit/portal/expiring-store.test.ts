// The bounded map with expiry that holds sessions, logins under way and used token ids.
import { expect, test } from 'vitest';
import { createExpiringStore } from '../../../src/portal/expiring-store.ts';

function aStore({ maxEntries = 3, idleSeconds = 60, maxAgeSeconds = 100 } = {}) {
  let at = Date.parse('2026-01-01T00:00:00Z');
  const store = createExpiringStore<string>({ now: () => new Date(at), maxEntries, idleSeconds, maxAgeSeconds });
  return {
    store,
    pass: (seconds: number) => {
      at += seconds * 1000;
    },
  };
}

test('an entry is found until it is deleted', () => {
  const { store } = aStore();
  store.set('a', 'one');
  expect(store.find('a')).toBe('one');
  store.delete('a');
  expect(store.find('a')).toBeUndefined();
});

test('an entry that nobody uses ends after its idle time', () => {
  const { store, pass } = aStore();
  store.set('a', 'one');
  pass(59);
  expect(store.find('a')).toBe('one');
  pass(60);
  expect(store.find('a')).toBeUndefined();
});

test('use prolongs an entry, but never beyond its age', () => {
  const { store, pass } = aStore();
  store.set('a', 'one');
  pass(50);
  expect(store.find('a')).toBe('one');
  pass(49);
  expect(store.find('a')).toBe('one');
  pass(1);
  expect(store.find('a')).toBeUndefined();
});

test('take gives an entry to one caller only', () => {
  const { store } = aStore();
  store.set('a', 'one');
  expect(store.take('a')).toBe('one');
  expect(store.take('a')).toBeUndefined();
});

test('take gives no entry that has expired', () => {
  const { store, pass } = aStore();
  store.set('a', 'one');
  pass(60);
  expect(store.take('a')).toBeUndefined();
});

test('a full store drops the entry that was used longest ago', () => {
  const { store } = aStore();
  for (const key of ['a', 'b', 'c']) store.set(key, key);
  store.find('a');
  store.set('d', 'd');
  expect(store.find('b')).toBeUndefined();
  expect(['a', 'c', 'd'].map((key) => store.find(key))).toEqual(['a', 'c', 'd']);
});

test('writing an entry again pushes nothing out', () => {
  const { store } = aStore();
  for (const key of ['a', 'b', 'c']) store.set(key, key);
  store.set('c', 'new');
  expect(['a', 'b', 'c'].map((key) => store.find(key))).toEqual(['a', 'b', 'new']);
});

test('deleteWhere removes what the test names and counts only what was alive', () => {
  const { store, pass } = aStore();
  store.set('old', 'x');
  pass(60);
  store.set('a', 'x');
  store.set('b', 'y');
  expect(store.deleteWhere((value) => value === 'x')).toBe(1);
  expect(store.find('a')).toBeUndefined();
  expect(store.find('b')).toBe('y');
});
