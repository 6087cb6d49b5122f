// Which home an address belongs to: the networks that contracts have at home.
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/**
 * Living contracts in whose network the address lies; an IPv4 address in IPv6 clothes counts as the IPv4 address.
 * The address must be one. Several contracts share an address behind carrier NAT.
 */
export async function listContractsAt(db: Db, address: string): Promise<string[]> {
  const { rows } = await sql<{ contractId: string }>`
    with caller as (
      select case when family(given) = 6 and given <<= inet '::ffff:0:0/96'
                  then inet '0.0.0.0' + (given - inet '::ffff:0:0')
                  else given end as address
        from (select ${address}::inet as given) as asked
    )
    select distinct home_networks.contract_id
      from home_networks
      join contracts on contracts.id = home_networks.contract_id and contracts.ended_at is null
     where home_networks.network >>= (select address from caller)
     order by 1
     limit 2`.execute(db);
  return rows.map(({ contractId }) => contractId);
}

/** Notes the networks that a contract has at home: `192.0.2.10/32`, `2001:db8:0:100::/56`. */
export async function addHomeNetworks(tx: Tx, contractId: string, networks: readonly string[]): Promise<void> {
  for (const network of networks) await tx.insertInto('homeNetworks').values({ contractId, network }).execute();
}
