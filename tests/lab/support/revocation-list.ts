import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../command.ts';
import { authorityDir } from '../pki.ts';

/** @returns a list, in PEM, on which the lab's own authority has the certificate of this file of the outer machine */
export async function revocationListWith(certificate: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'viaduct-crl-'));
  try {
    const file = (name: string): string => join(dir, name);
    await writeFile(file('template'), 'crl_next_update = 30\ncrl_number = 1\n');
    const authority = await authorityDir('lab');
    await mustRun([
      ...['certtool', '--generate-crl', '--template', file('template'), '--outfile', file('crl.pem')],
      ...['--load-ca-privkey', join(authority, 'ca-key.pem')],
      ...['--load-ca-certificate', join(authority, 'ca-cert.pem'), '--load-certificate', certificate],
    ]);
    return await readFile(file('crl.pem'), 'utf8');
  } finally {
    await rm(dir, { recursive: true });
  }
}
