// REDIS_URL: what is read from it, and what is refused.
import { expect, test } from 'vitest';
import { readRedisAddress } from '../../../src/ops/redis-address.ts';

const plain = { tls: false, cluster: false, username: undefined, password: undefined, database: 0 };

test.each([
  ['redis://localhost', { ...plain, nodes: [{ host: 'localhost', port: 6379 }] }],
  ['redis://10.0.0.1:6380/3', { ...plain, nodes: [{ host: '10.0.0.1', port: 6380 }], database: 3 }],
  ['redis://[::1]:6380', { ...plain, nodes: [{ host: '::1', port: 6380 }] }],
  [
    'rediss://:p%40ss@cache.example/',
    { ...plain, tls: true, password: 'p@ss', nodes: [{ host: 'cache.example', port: 6379 }] },
  ],
  ['redis://user:pa:ss@h', { ...plain, username: 'user', password: 'pa:ss', nodes: [{ host: 'h', port: 6379 }] }],
  ['redis://h?cluster=true', { ...plain, cluster: true, nodes: [{ host: 'h', port: 6379 }] }],
  [
    'redis://a:7000,b:7001,c',
    {
      ...plain,
      cluster: true,
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
    },
  ],
])('%s is understood', (text, address) => {
  expect(readRedisAddress(text)).toEqual(address);
});

test.each([
  'http://localhost',
  'redis://',
  'redis://h:0',
  'redis://h:65536',
  'redis://h:x',
  'redis://a,,b',
  'redis://a b',
  'redis://:%zz@h',
  'redis://%zz@h',
  'redis://h/x',
  'redis://h?cluster=maybe',
  'redis://h?db=1',
  'redis://a,b/1',
  'redis://h/1?cluster=true',
  'redis://h#x',
])('%s is refused', (text) => {
  expect(readRedisAddress(text)).toBeUndefined();
});
