// The built-in brands, for tests of parts that get theirs as an argument.
import { loadConfig } from '../../src/ops/config.ts';

const { brands } = loadConfig({}, 'demo');

export const exempleBrand = brands.of('exemple');
export const ileBrand = brands.of('ile');
