// The robot check: both answers, what is drawn, and what gives nothing away.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  answersRobotCheck,
  drawRobotCheck,
  newRobotCheck,
  type RobotCheck,
  readRobotCheck,
} from '../../../src/authentication/robot-check.ts';

const check: RobotCheck = { letters: 'AC3HK', seed: 7, sum: [7, 12] };

test.each(['AC3HK', 'ac3hk', ' a c 3 h k ', '19', ' 19 '])('%j answers it (A46)', (answer) => {
  expect(answersRobotCheck(check, answer)).toBe(true);
});

test.each(['', 'AC3H', 'AC3HKK', '18', '7', '0', 'AC3HK19', 'x'.repeat(1_000)])('%j does not (A46)', (answer) => {
  expect(answersRobotCheck(check, answer)).toBe(false);
});

test('the picture holds strokes and neither the letters nor the sum as text', () => {
  const picture = drawRobotCheck(check);
  expect(picture).toMatch(/^<svg [^>]+>.*<\/svg>$/);
  expect(picture).not.toMatch(/<text|title|desc|AC3HK|script|href/);
  expect(picture.match(/<g transform/g)).toHaveLength(5);
});

test('the same check is drawn the same again, and another seed otherwise', () => {
  expect(drawRobotCheck(check)).toBe(drawRobotCheck(check));
  expect(drawRobotCheck({ ...check, seed: 8 })).not.toBe(drawRobotCheck(check));
});

test('a new check is well formed every time, survives being kept, and is not the one before', () => {
  const made = Array.from({ length: 200 }, () => newRobotCheck(randomBytes));
  for (const one of made) {
    expect(readRobotCheck(JSON.stringify(one))).toEqual(one);
    expect(answersRobotCheck(one, one.letters)).toBe(true);
    expect(one.letters).not.toMatch(/[01258BDGIJOQSUWZ]/);
  }
  expect(new Set(made.map(({ letters }) => letters)).size).toBeGreaterThan(190);
});
