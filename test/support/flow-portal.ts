// The portal beside a world, in the same process: the real one, at the address that its clients are registered with.
import { type Portal, startPortal } from '../../src/portal/app.ts';
import { type PortalEvent, reportLine } from '../../src/portal/report.ts';
import type { FlowWorld } from './flow-world.ts';
import { appendLog } from './log-directory.ts';

export interface FlowPortal extends Portal {
  /** What it told its operator. */
  readonly events: readonly PortalEvent[];
}

/** Starts it. */
export async function startFlowPortal(world: Pick<FlowWorld, 'issuer' | 'portalUrl'>): Promise<FlowPortal> {
  const events: PortalEvent[] = [];
  const report = (event: PortalEvent): void => {
    events.push(event);
    appendLog('portal', `${reportLine(event, new Date())}\n`);
  };
  const portal = await startPortal({ issuer: world.issuer, port: Number(new URL(world.portalUrl).port) }, { report });
  return { ...portal, events };
}
