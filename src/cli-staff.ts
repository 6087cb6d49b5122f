// The staff commands: arguments -> input of an operation -> words for a person, or JSON with --json.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { printFields, printTable } from './cli-output.ts';
import {
  asJson,
  type Json,
  type JsonOption,
  leaf,
  output,
  rows,
  type StaffDeps,
  UsageError,
} from './cli-staff-output.ts';

/** Adds the commands of clients, keys, audit and migration to the program. */
export function addStaffCommands(program: Command, deps: StaffDeps): void {
  program.addCommand(migrateCommand(deps));
  program.addCommand(clientCommand(deps));
  program.addCommand(keyCommand(deps));
  program.addCommand(auditCommand(deps));
}

function migrateCommand(deps: StaffDeps): Command {
  return leaf('migrate', 'bring the database up to date and list its migrations').action(
    async (options: JsonOption) => {
      output(deps, options, await deps.run('migrate'), ({ migrations }) =>
        printTable(rows(migrations), ['name', 'appliedAt']),
      );
    },
  );
}

interface AtBrand extends JsonOption {
  readonly brand?: string;
}

const brandOption = ['--brand <id>', 'whose issuer is meant; without it, the one at the root'] as const;

/** The field of an operation's input. */
function atBrand({ brand }: AtBrand): Json | undefined {
  return brand === undefined ? undefined : { brand };
}

interface AddOptions extends AtBrand {
  readonly id?: string;
  readonly name?: string;
  readonly redirectUri?: string[];
  readonly postLogoutRedirectUri?: string[];
  readonly profile?: string;
  readonly party?: string;
  readonly authMethod?: string;
  readonly grant?: string[];
  readonly policyUri?: string;
  readonly file?: string;
}

function clientCommand(deps: StaffDeps): Command {
  const client = new Command('client').description('relying parties');
  client.addCommand(addCommand(deps));
  client.addCommand(
    leaf('list', 'all clients of the issuer')
      .option(...brandOption)
      .action(async (options: AtBrand) => {
        output(deps, options, await deps.run('client.list', atBrand(options)), ({ clients }) =>
          printTable(rows(clients).map(clientRow), ['id', 'name', 'party', 'profile', 'origin']),
        );
      }),
  );
  client.addCommand(
    leaf('show', 'one client with its metadata; never its secret')
      .argument('<client-id>')
      .option(...brandOption)
      .action(async (clientId: string, options: AtBrand) => {
        output(deps, options, await deps.run('client.show', { clientId, ...atBrand(options) }), printFields);
      }),
  );
  client.addCommand(
    leaf('remove', 'remove a client with its grants, refresh tokens and consents')
      .argument('<client-id>')
      .option(...brandOption)
      .action(async (clientId: string, options: AtBrand) => {
        output(
          deps,
          options,
          await deps.run('client.remove', { clientId, ...atBrand(options) }),
          () => `removed ${clientId}`,
        );
      }),
  );
  return client;
}

function addCommand(deps: StaffDeps): Command {
  return leaf('add', 'register a client; prints its secret once')
    .option(...brandOption)
    .option('--file <path>', 'metadata as JSON (RFC 7591), - for standard input; the options below go over it')
    .option('--id <client-id>', 'made when it is left out')
    .option('--name <name>', 'shown to users')
    .option('--redirect-uri <uri...>')
    .option('--post-logout-redirect-uri <uri...>')
    .option('--profile <profile>', 'oidc, hub, mobile-connect-2.3 …')
    .option('--party <party>', 'first or third')
    .option('--auth-method <method>', 'client_secret_basic, private_key_jwt, none …')
    .option('--grant <type...>', 'authorization_code, refresh_token, urn:openid:params:grant-type:ciba')
    .option('--policy-uri <uri>', 'required of third parties')
    .action(async (options: AddOptions) => {
      const metadata = { ...readMetadata(options.file), ...chosen(options) };
      const answer = await deps.run('client.add', { metadata, ...atBrand(options) });
      output(deps, options, answer, ({ client, clientSecret }) => {
        const id = String(asJson(client)['clientId']);
        if (clientSecret === undefined) return `added ${id}, which has no secret`;
        return `added ${id}\nsecret ${String(clientSecret)}   (shown only now)`;
      });
    });
}

function readMetadata(file: string | undefined): Json {
  if (file === undefined) return {};
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  try {
    return asJson(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
}

function chosen(options: AddOptions): Json {
  const metadata = {
    client_id: options.id,
    client_name: options.name,
    redirect_uris: options.redirectUri,
    post_logout_redirect_uris: options.postLogoutRedirectUri,
    profile: options.profile,
    party: options.party,
    token_endpoint_auth_method: options.authMethod,
    grant_types: options.grant,
    policy_uri: options.policyUri,
  };
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}

function clientRow({ clientId: id, origin, metadata }: Json): Json {
  const { client_name: name, party, profile } = asJson(metadata);
  return { id, name, party, profile, origin };
}

function keyCommand(deps: StaffDeps): Command {
  const key = new Command('key').description('signing keys');
  const show = (answer: Json): string =>
    printTable(rows(answer['keys']), ['state', 'alg', 'kid', 'createdAt', 'retireAt']);
  key.addCommand(
    leaf('list', 'the keys of the issuer, the one that signs first')
      .option(...brandOption)
      .action(async (options: AtBrand) => {
        output(deps, options, await deps.run('key.list', atBrand(options)), show);
      }),
  );
  key.addCommand(
    leaf('rotate', 'let the next keys sign from now on; nothing has to be restarted')
      .option(...brandOption)
      .action(async (options: AtBrand) => {
        output(deps, options, await deps.run('key.rotate', atBrand(options)), show);
      }),
  );
  return key;
}

function auditCommand(deps: StaffDeps): Command {
  const audit = new Command('audit').description('the audit journal');
  audit.addCommand(
    leaf('verify', 'recompute the chain of the journal; exit code 1 if a row was changed or is missing').action(
      async (options: JsonOption) => {
        const answer = await deps.run('audit.verify');
        const { problem } = asJson(answer);
        if (problem !== undefined) deps.fail();
        output(deps, options, answer, verdictWords);
      },
    ),
  );
  return audit;
}

function verdictWords({ sealed, unsealed, problem }: Json): string {
  const counts = `${sealed} sealed, ${unsealed} not sealed yet`;
  if (problem === undefined) return `the journal is whole: ${counts}`;
  const { sequence, kind } = asJson(problem);
  return `the journal is NOT whole: row ${sequence} is ${kind} (${counts})`;
}
