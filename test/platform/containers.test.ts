// docker/ without a container engine: the Dockerfile is held against a linter, the compose file against docker-compose
// where there is one, and both against our own rules.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configSections } from '../../src/ops/config.ts';
import { metricCatalogue } from '../../src/ops/metrics.ts';
import {
  type ComposeService,
  dockerFolder,
  layImage,
  readCompose,
  readDockerfile,
} from '../support/platform-compose.ts';
import { readSourceFiles, repositoryRoot } from '../support/source-files.ts';

const read = (...path: string[]) => readFileSync(join(repositoryRoot, ...path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  devDependencies: Record<string, string>;
};
const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const known = new Set(
  Object.values(configSections).flatMap((section) => Object.values(section).map(({ name }) => name)),
);

describe('the Dockerfile', () => {
  const lines = readDockerfile();
  const stages = lines.filter(({ instruction }) => instruction === 'FROM');
  const last = lines.slice(lines.findLastIndex(({ instruction }) => instruction === 'FROM'));

  test('gives a linter nothing to say', () => {
    expect(validate(read('docker', 'Dockerfile')).map(({ message }) => message)).toEqual([]);
  });

  test('builds on the official image of the very Node that the tests run on', () => {
    expect(stages).toHaveLength(2);
    for (const { rest } of stages)
      expect(rest).toMatch(new RegExp(`^node:${manifest.devDependencies['node']}-[a-z]+-slim( |$)`));
  });

  test('runs as nobody special, with a health check that needs no shell, and stops by SIGTERM', () => {
    const said = (name: string) => last.find(({ instruction }) => instruction === name)?.rest ?? '';
    expect(said('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(said('HEALTHCHECK')).toMatch(/CMD \["node", "-e", .*\/readyz/);
    expect(said('STOPSIGNAL')).toBe('SIGTERM');
    expect(JSON.parse(said('ENTRYPOINT'))).toEqual(['node']);
  });

  test('installs what production needs by the lock file, without running what packages bring', () => {
    const install = lines.find(({ rest }) => rest.includes('npm ci'))?.rest;
    expect(install).toContain('--omit=dev');
    expect(install).toContain('--ignore-scripts');
    expect(last.some(({ rest }) => rest.includes('npm'))).toBe(false);
  });

  test('takes in all that the programs import and read, and no secret', () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      layImage(folder);
      const needed = ['src', 'sim-simulator', 'migrations', 'docker'].flatMap((one) =>
        readSourceFiles([one]).flatMap(({ path, imports }) => [path, ...imports.flatMap(({ target }) => target ?? [])]),
      );
      expect([...new Set(needed)].filter((path) => !existsSync(join(folder, path)))).toEqual([]);
      const inImage = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
        (name) => !name.startsWith('node_modules'),
      );
      expect(inImage.filter((name) => /(^|\/)(\.env|secrets|\.data|test)(\/|$)|\.pem$/.test(name))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('compose.yaml', () => {
  test.skipIf(spawnSync('docker-compose', ['version']).status !== 0 && process.env['REQUIRE_SERVICES'] !== '1')(
    'is accepted by docker-compose, with the secrets that the script makes',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'compose-'));
      try {
        cpSync(dockerFolder, folder, { recursive: true });
        expect(spawnSync(join(folder, 'make-secrets.sh')).status).toBe(0);
        const checked = spawnSync('docker-compose', ['-f', join(folder, 'compose.yaml'), 'config', '-q'], {
          encoding: 'utf8',
        });
        expect([checked.status, checked.stderr]).toEqual([0, '']);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test('has what the trial needs', () => {
    expect(Object.keys(compose.services).sort()).toEqual(
      [
        ...['grafana', 'portal', 'postgres', 'prometheus', 'provider-1', 'provider-2', 'proxy', 'set-up', 'simulator'],
        ...['valkey', 'worker'],
      ].sort(),
    );
    const workers = Object.fromEntries(services.map(([name, { environment }]) => [name, environment?.['WORKERS']]));
    expect(workers).toMatchObject({ 'provider-1': 'off', 'provider-2': 'off', worker: 'only' });
  });

  test.each(services)(
    '%s runs as nobody special, on a file system that cannot be written to, with no more rights',
    (_, service) => {
      expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.privileged).toBeUndefined();
    },
  );

  test('gives a capability back to the proxy alone', () => {
    const given = services.filter(([, { cap_add: added }]) => added !== undefined).map(([name]) => name);
    expect(given).toEqual(['proxy']);
  });

  test.each(services)('%s has a health check, or ends by itself', (name, { healthcheck, build }) => {
    if (name === 'set-up') expect(healthcheck?.disable).toBe(true);
    // Ours without a check of its own has the image's.
    else expect(healthcheck?.test?.[0] ?? (build !== undefined && 'CMD')).toBe('CMD');
  });

  test.each(services)('%s names its image exactly', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  test('builds one image of our own, of this version', () => {
    for (const [, { image }] of ours) expect(image).toBe(`mobile-connect-provider:${manifest.version}`);
  });

  test('waits for health and for the set-up, never only for a start', () => {
    const conditions = services.flatMap(([, { depends_on: needed }]) => Object.entries(needed ?? {}));
    for (const [name, { condition }] of conditions) {
      expect(condition).toBe(name === 'set-up' ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  test.each(ours)('%s is given only settings that there are', (name, service) => {
    const others = name === 'set-up' ? worldVariables() : ['NODE_EXTRA_CA_CERTS', 'SIM_TOKEN'];
    const unknown = Object.keys(service.environment ?? {}).filter((one) => !known.has(one) && !others.includes(one));
    expect(unknown).toEqual([]);
  });

  /** What the world file asks the environment for. */
  function worldVariables(): string[] {
    return [...read('docker', 'world.json').matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
  }

  test.each(services)('%s has no secret written down', (_, service) => {
    const texts: [string, string][] = [
      ...Object.entries(service.environment ?? {}),
      ...(service.command ?? []).map((word, index, all): [string, string] => [all[index - 1] ?? '', word]),
    ];
    for (const [name, value] of texts) {
      // Whoever is named with a password in an address, or by a secret's name, has it from outside.
      if (/password|secret|token|_key$|requirepass/i.test(name))
        expect(value).toMatch(/^(\$\{\w+:\?[^}]+\}|--?\w.*|src.*)$/);
      for (const [, password] of value.matchAll(/:\/\/[^\s/@]*:([^\s@]+)@/g))
        expect(password).toMatch(/^\$\{\w+:\?[^}]+\}$/);
    }
  });

  test('asks for no variable that the script does not make', () => {
    const asked = new Set([...read('docker', 'compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
    const made = new Set([...read('docker', 'make-secrets.sh').matchAll(/echo "(\w+)=/g)].map(([, name = '']) => name));
    expect([...asked].sort()).toEqual([...made].sort());
  });

  test('opens ports on this machine only', () => {
    for (const port of services.flatMap(([, { ports }]) => ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('gives a name of its own to each thing that is mounted', () => {
    const mounted = services.flatMap(([, service]: [string, ComposeService]) => service.volumes ?? []);
    for (const volume of mounted.filter((one) => one.startsWith('./'))) {
      const [source = '', , mode] = volume.split(':');
      expect([volume, existsSync(join(dockerFolder, source)), mode]).toEqual([volume, true, 'ro']);
    }
    for (const { file } of Object.values(compose.secrets))
      expect(read('docker', 'make-secrets.sh')).toContain(file.slice(2));
  });
});

describe('the proxy', () => {
  test.skipIf(spawnSync('caddy', ['version']).status !== 0 && process.env['REQUIRE_SERVICES'] !== '1')(
    'is told nothing that it does not understand',
    () => {
      const adapted = spawnSync('caddy', ['adapt', '--config', join(dockerFolder, 'Caddyfile')], { encoding: 'utf8' });
      expect([adapted.status, adapted.stderr]).toEqual([0, expect.not.stringContaining('rror')]);
    },
  );
});

describe('what is watched', () => {
  test('is asked of every node', () => {
    const { scrape_configs: jobs } = parse(read('docker', 'prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
    expect(targets).toEqual(['provider-1:3003', 'provider-2:3003', 'worker:3003']);
  });

  test('is shown whole: each metric of the catalogue is on the dashboard, and none that there is not', () => {
    const { panels } = JSON.parse(read('docker', 'grafana', 'dashboards', 'provider.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const names = Object.keys(metricCatalogue);
    const mentioned = expressions.flatMap(
      (text) => text.match(/\b(?!by\b|sum\b|le\b)[a-z]+(?:_[a-z0-9]+)+\b|\bwaiting\b/g) ?? [],
    );
    const bare = new Set(mentioned.map((one) => one.replace(/_(bucket|count|sum)$/, '')));
    expect(names.filter((name) => !bare.has(name))).toEqual([]);
    const foreign = [...bare].filter(
      (one) => !names.includes(one) && !/^(process|nodejs)_|^histogram_quantile$/.test(one),
    );
    expect(foreign).toEqual([]);
  });
});
