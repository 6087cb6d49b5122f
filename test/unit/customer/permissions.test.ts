// Who may do what with a line, and what level M* asks for.
// Holder, proxy and user of a line: who may do what, as a table.
import { describe, expect, it } from 'vitest';
import { mayOnContract, mayOnLine, strongDemand } from '../../../src/customer/permissions.ts';

const later = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-22T13:00:00Z');

describe('who may do what with a line', () => {
  it.each(['holder', 'user', 'linked'] as const)('b1 b3 B27 a %s may do everything', (relation) => {
    for (const action of ['read', 'suspend', 'reactivate', 'activate-sim', 'read-puk'] as const) {
      expect(mayOnLine(relation, action)).toBe(true);
    }
  });

  it('X60 a proxy may look and cut a lost line, and no more', () => {
    expect(mayOnLine('proxy', 'read')).toBe(true);
    expect(mayOnLine('proxy', 'suspend')).toBe(true);
    for (const action of ['reactivate', 'activate-sim', 'read-puk'] as const) {
      expect(mayOnLine('proxy', action)).toBe(false);
    }
  });
});

describe('who may do what with a contract', () => {
  const all = ['view', 'home', 'manage', 'use', 'pay', 'diagnose', 'detach', 'own'] as const;
  it('a holder may do everything', () => {
    expect(all.filter((action) => mayOnContract('holder', action))).toEqual(all);
  });
  it('X76 a proxy manages and pays, and owns nothing', () => {
    expect(all.filter((action) => !mayOnContract('proxy', action))).toEqual(['own']);
  });
  it('a user of the line sees and diagnoses, and manages nothing', () => {
    expect(all.filter((action) => mayOnContract('user', action))).toEqual(['view', 'use', 'diagnose']);
  });
});

describe('level M*', () => {
  it('X59 asks for the PIN of whoever can give one', () => {
    const links = [
      { state: 'LINE_SUSPENDED', until: null },
      { state: 'ACTIVE', until: null },
    ];
    expect(strongDemand(links)).toEqual({ kind: 'sim-pin' });
  });

  it('is not gone round by waiting out a lock or a hold: it says until when', () => {
    const links = [
      { state: 'LOCKED', until: later },
      { state: 'NEW_SIM_HOLD', until: soon },
    ];
    expect(strongDemand(links)).toEqual({ kind: 'later', availableAt: soon });
  });

  it('is a fresh password with a code where no PIN can be given', () => {
    expect(strongDemand([])).toEqual({ kind: 'code' });
    expect(strongDemand([{ state: 'LINE_SUSPENDED', until: null }])).toEqual({ kind: 'code' });
    expect(strongDemand([{ state: 'AWAITING_PIN', until: null }])).toEqual({ kind: 'code' });
  });
});
