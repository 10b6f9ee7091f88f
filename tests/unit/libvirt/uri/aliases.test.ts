import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BadInputError } from '../../../../electron/common/errors.ts';
import { resolveConnectUri } from '../../../../electron/hosts/uri-aliases.ts';
import { parseUriAliases, resolveUriAlias } from '../../../../electron/libvirt/uri-aliases.ts';

const user = parseUriAliases(
  `
# The example of libvirt's own documentation.
uri_aliases = [
  "hail=qemu+ssh://root@hail.cloud.example.com/system",
  'sleet=qemu+ssh://root@sleet.cloud.example.com/system?keyfile=/a=b',
  "hail=qemu:///never",
]
uri_default = """hail"""
remote_mode = "legacy"; tls_priority = 'NORMAL'
`,
  'user',
);
const system = parseUriAliases('uri_aliases=["hail=qemu:///no","rain=qemu://rain/system"]', 'system');

describe('aliases of connect URIs', () => {
  it.each([
    ['hail', 'qemu+ssh://root@hail.cloud.example.com/system'],
    ['sleet', 'qemu+ssh://root@sleet.cloud.example.com/system?keyfile=/a=b'],
    ['rain', 'qemu://rain/system'],
    ['', 'qemu+ssh://root@hail.cloud.example.com/system'],
    ['Hail', 'Hail'],
    ['toString', 'toString'],
    ['qemu+ssh://hail/system', 'qemu+ssh://hail/system'],
  ])('"%s" stands for %s', (text, uri) => {
    expect(resolveUriAlias(text, [user, system])).toBe(uri);
  });

  it('are none where the file says nothing', () => {
    expect(resolveUriAlias('hail', [parseUriAliases('', 'f')])).toBe('hail');
    expect(resolveUriAlias('', [parseUriAliases('#uri_default = "x"', 'f')])).toBe('');
  });

  it.each([
    ['uri_aliases = ["hail"]', 'f: "hail" in uri_aliases is not of the form name=URI.'],
    [
      'uri_aliases = ["a b=qemu:///system"]',
      'f: "a b=qemu:///system" in uri_aliases is not of the form name=URI.',
    ],
    ['uri_aliases = ["=qemu:///system"]', 'f: "=qemu:///system" in uri_aliases is not of the form name=URI.'],
    ['# fine\nuri_aliases = [ "a=b"', 'f: Line 2 of the configuration cannot be read: uri_aliases = [ "a=b"'],
    ['\n\nuri_default: x', 'f: Line 3 of the configuration cannot be read: uri_default: x'],
  ])('refuses %j', (text, message) => {
    const refusal = expect.objectContaining({ code: 'bad-libvirt-conf', message }) as BadInputError;
    expect(() => parseUriAliases(text, 'f')).toThrow(refusal);
  });
});

describe('finding what an alias stands for', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viaduct-aliases-'));
    await mkdir(join(folder, 'libvirt'));
    await writeFile(join(folder, 'libvirt', 'libvirt.conf'), 'uri_aliases = ["hail=qemu://hail/system"]\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('looks into the configuration folder of the user', async () => {
    expect(await resolveConnectUri('hail', { XDG_CONFIG_HOME: folder })).toBe('qemu://hail/system');
    expect(await resolveConnectUri('rain', { XDG_CONFIG_HOME: folder })).toBe('rain');
    expect(await resolveConnectUri('hail', { XDG_CONFIG_HOME: join(folder, 'none') })).toBe('hail');
  });

  it('takes the default from the environment, which may be an alias too', async () => {
    const environment = { XDG_CONFIG_HOME: folder, LIBVIRT_DEFAULT_URI: 'hail' };
    expect(await resolveConnectUri('', environment)).toBe('qemu://hail/system');
  });

  it('leaves a URI alone, even while the file is broken', async () => {
    const broken = join(folder, 'broken');
    await mkdir(join(broken, 'libvirt'), { recursive: true });
    await writeFile(join(broken, 'libvirt', 'libvirt.conf'), 'uri_aliases = [');
    expect(await resolveConnectUri('qemu:///system', { XDG_CONFIG_HOME: broken })).toBe('qemu:///system');
    await expect(resolveConnectUri('hail', { XDG_CONFIG_HOME: broken })).rejects.toThrow(BadInputError);
  });
});
