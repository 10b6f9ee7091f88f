import { describe, expect, it } from 'vitest';
import {
  authConfFault,
  setCredentials,
  shownAuthConf,
} from '../../../../electron/setup/config/auth-conf-file.ts';
import { findCredentials } from '../../../../electron/libvirt/auth/auth-conf.ts';

const credentials = { user: 'mover', password: 'p4ss word=[x]#', hosts: ['beta.lab', 'gamma.lab'] };
const set = (text: string, over = {}) => setCredentials(text, { ...credentials, ...over }, 'feed');

const foreign =
  '# ours\n[credentials-admin]\nauthname=root\npassword=planted\n\n[auth-libvirt-alpha.lab]\ncredentials=admin\n';

describe('credentials in a file', () => {
  it('of their own are in a form that libvirt reads, without a blank around the sign', () => {
    const text = set('');
    expect(text).toBe(
      [
        ...['[credentials-viaduct-mover]', '# Set by Viaduct, feed', 'password=p4ss word=[x]#'],
        ...['authname=mover', '', '[auth-libvirt-beta.lab]', 'credentials=viaduct-mover', ''],
        ...['[auth-libvirt-gamma.lab]', 'credentials=viaduct-mover', ''],
      ].join('\n'),
    );
    for (const host of credentials.hosts) {
      expect(findCredentials('auth.conf', text, host)).toMatchObject({
        user: 'mover',
        password: 'p4ss word=[x]#',
      });
    }
  });

  it('go below what is there, every byte of which stays', () => {
    const text = set(foreign);
    expect(text.startsWith(foreign)).toBe(true);
    expect(findCredentials('auth.conf', text, 'alpha.lab')).toMatchObject({
      user: 'root',
      password: 'planted',
    });
    expect(findCredentials('auth.conf', text, 'beta.lab')).toMatchObject({ user: 'mover' });
    expect(authConfFault(text)).toBeUndefined();
  });

  it('are changed where they stand, with a new mark, and no section comes twice', () => {
    const text = setCredentials(set(foreign), { ...credentials, password: 'another' }, 'beef');
    expect(text).not.toContain('p4ss');
    expect(text).not.toContain('feed');
    expect(text.match(/^# Set by Viaduct, beef$/gm)).toHaveLength(1);
    expect(authConfFault(text)).toBeUndefined();
  });

  it('take the place of others for the same host', () => {
    const text = set('[auth-libvirt-beta.lab]\ncredentials = admin\n', { hosts: ['beta.lab'] });
    expect(/^\[auth-libvirt-beta\.lab\]\ncredentials=viaduct-mover\n/m.exec(text)).not.toBeNull();
  });

  it('that are there already change nothing, not even the mark', () => {
    const text = set(foreign);
    expect(setCredentials(text, credentials, 'beef')).toBe(text);
  });

  it('end their lines as the file does, also where its last has no end', () => {
    expect(/(?<!\r)\n/.exec(set('[a]\r\nb=c'))).toBeNull();
    expect(set('[a]\nb=c').startsWith('[a]\nb=c\n\n[credentials-viaduct-mover]\n')).toBe(true);
  });
});

describe('a file that libvirt could not read', () => {
  it.each([
    ['a key above every section', 'password=planted\n', 'line 1 cannot be read'],
    ['a line that is none', '[a]\nplanted\n', 'line 2 cannot be read'],
    ['a section that comes twice', '[a]\nb=c\n[a]\n', 'its section in line 3 comes a second time'],
  ])('%s is named by its number alone', (_what, text, words) => {
    expect(authConfFault(text)).toBe(words);
  });
});

describe('what is shown of a file', () => {
  it('has no password, no mark and no line that is not known, but shows which are new', () => {
    const before = `${foreign}secret-key = planted\n#password=planted\n`;
    const after = set(before);
    const shown = shownAuthConf(after, before);
    expect(shown).not.toMatch(/planted|p4ss|feed/);
    expect(shown).toContain('[credentials-admin]\nauthname=root\npassword=(not shown)\n');
    expect(shown).toContain('(new, not shown)\npassword=(new, not shown)\nauthname=mover\n');
    expect(shownAuthConf(before, before)).not.toMatch(/planted|new/);
  });
});
