// The one-shot set-up of a trial: brings the customers and relying parties of a world file into the database, by the
// same operations as `subscriber import`, `client add` and `sim-export`, and writes what the simulator reads. Run again
// it changes nothing that is there. Usage: node docker/set-up.ts <world.json> <folder of the simulator>
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { adminOperations } from '../src/admin-operations.ts';
import type { AdminContext } from '../src/admin-operations-type.ts';
import { openAdminContext } from '../src/cli-context.ts';
import { loadConfig } from '../src/ops/config.ts';

/** What is known of a phone beside what the operator knows; without a PIN its customer has not activated the service. */
const phoneSchema = z.object({
  pin: z.string().optional(),
  label: z.string().default(''),
  behaviour: z.record(z.string(), z.json()).optional(),
});
const lineSchema = z.looseObject({
  msisdn: z.string(),
  sim: z.looseObject({ iccid: z.string() }),
  phone: phoneSchema.prefault({}),
});
const worldSchema = z.object({
  subscribers: z.array(z.looseObject({ lines: z.array(lineSchema) })).min(1),
  clients: z.array(z.looseObject({ client_id: z.string() })),
});
type World = z.output<typeof worldSchema>;

/** By number of the card: its PIN and the private part of its key, which nobody but the card has in the end. */
const cardsSchema = z.record(z.string(), z.object({ pin: z.string(), privateKey: z.string(), publicKey: z.string() }));
type Cards = z.output<typeof cardsSchema>;

async function main([worldFile = '', folder = '']: readonly string[]): Promise<void> {
  const world = readWorld(worldFile);
  const cards = keepCards(join(folder, 'card-keys.json'), world);
  const { context, close } = await openAdminContext(loadConfig(process.env, 'tool'), { issuerGiven: true });
  try {
    const isNew = await addClients(context, world);
    if (isNew) await run(context, 'subscriber.import', { subscribers: subscribersOf(world, cards) });
    const exported = exportSchema.parse(await run(context, 'sim.export', {}));
    writeWhole(join(folder, 'export.json'), {
      ...exported,
      sims: exported.sims.map((sim) => withPhone(sim, world, cards)),
    });
    process.stdout.write(`${isNew ? 'set up' : 'was set up'}: ${exported.sims.length} SIMs\n`);
  } finally {
    await close();
  }
}

/** `${NAME}` in the file stands for a variable of the environment: secrets and addresses. */
function readWorld(file: string): World {
  const text = readFileSync(file, 'utf8').replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined || value === '') throw new Error(`${file} needs ${name} in the environment`);
    return value;
  });
  return worldSchema.parse(JSON.parse(text));
}

/** Kept before anything is imported: the database gets the public parts only, and could never give the others back. */
function keepCards(file: string, { subscribers }: World): Cards {
  const known = readJson(file);
  if (known !== undefined) return cardsSchema.parse(known);
  const lines = subscribers.flatMap((one) => one.lines);
  const cards = Object.fromEntries(
    lines.flatMap(({ sim, phone: { pin } }) => (pin === undefined ? [] : [[sim.iccid, { pin, ...newKey() }]])),
  );
  writeWhole(file, cards);
  return cards;
}

/** A key of P-256: the scalar, and the point in its short form, hexadecimal. */
function newKey(): { privateKey: string; publicKey: string } {
  const {
    d = '',
    x = '',
    y = '',
  } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const [scalar, across, up] = [d, x, y].map((part) => Buffer.from(part, 'base64url'));
  const sign = (up?.at(-1) ?? 0) % 2 === 0 ? '02' : '03';
  return { privateKey: scalar?.toString('hex') ?? '', publicKey: `${sign}${across?.toString('hex')}` };
}

/** False if they are there already: then an earlier run has done its work, or was cut off between the two steps. */
async function addClients(context: AdminContext, { clients, subscribers }: World): Promise<boolean> {
  const listed = listSchema.parse(await run(context, 'client.list', {}));
  const known = new Set(listed.clients.map(({ clientId }) => clientId));
  for (const metadata of clients) {
    if (!known.has(metadata.client_id)) await run(context, 'client.add', { metadata });
  }
  const [first] = subscribers[0]?.lines ?? [];
  return first !== undefined && !(await isKnown(context, first.msisdn));
}

async function isKnown(context: AdminContext, identifier: string): Promise<boolean> {
  try {
    await run(context, 'subscriber.show', { identifier });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'not_found') return false;
    throw error;
  }
}

function subscribersOf({ subscribers }: World, cards: Cards): object[] {
  return subscribers.map(({ lines, ...subscriber }) => ({
    ...subscriber,
    lines: lines.map(({ phone: _, sim, ...line }) => {
      const pinKey = cards[sim.iccid]?.publicKey;
      return { ...line, sim: { ...sim, origin: 'test', ...(pinKey !== undefined && { pinKey }) } };
    }),
  }));
}

const exportSchema = z.looseObject({ sims: z.array(z.looseObject({ iccid: z.string() })) });
const listSchema = z.object({ clients: z.array(z.object({ clientId: z.string() })) });

function withPhone(sim: z.output<typeof exportSchema>['sims'][number], { subscribers }: World, cards: Cards): object {
  const line = subscribers.flatMap(({ lines }) => lines).find((one) => one.sim.iccid === sim.iccid);
  const card = cards[sim.iccid];
  return {
    ...sim,
    ...(card && { pin: card.pin, kpinPrivate: card.privateKey }),
    ...(line && { label: line.phone.label, ...(line.phone.behaviour && { behaviour: line.phone.behaviour }) }),
  };
}

async function run(context: AdminContext, name: string, input: unknown): Promise<unknown> {
  const operation = adminOperations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return await operation.run(context, input);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Never half of it, and for its owner alone: it contains keys. */
function writeWhole(file: string, content: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

await main(process.argv.slice(2));
