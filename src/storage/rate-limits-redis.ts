// Counters in Redis, by rate-limiter-flexible and without its insurance: when Redis is away nobody passes.
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { type MakeRateLimit, takeFrom, waitOf } from './rate-limits.ts';
import { type Redis, unavailable } from './redis.ts';

/** Makes limits that all nodes on this Redis share. They throw RedisUnavailableError. */
export function createRedisCounters(redis: Redis): MakeRateLimit {
  const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> =>
    // Through `run`, so that a failure is told as every other one.
    await redis.run(async () => await work());
  return ({ name, points, seconds }) => {
    const limiter = new RateLimiterRedis({
      storeClient: redis.client,
      rejectIfRedisNotReady: true,
      keyPrefix: `${redis.prefix}:limit:${name}`,
      points,
      duration: seconds,
    });
    return {
      take: (key, taken = 1) => orUnavailable(() => takeFrom(limiter, key, taken)),
      wait: (key) =>
        orUnavailable(async () => {
          const state = await limiter.get(key);
          // Half an answer is none: the library would take it for a number.
          if (state !== null && !Number.isFinite(state.consumedPoints)) throw unavailable(undefined);
          return waitOf(state, points);
        }),
      forgive: (key) =>
        orUnavailable(async () => {
          await limiter.delete(key);
        }),
    };
  };
}
