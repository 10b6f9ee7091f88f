import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';

// Other programs and a slow key derivation are waited for, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What a program said, and whether it was content. */
export interface Verdict {
  accepted: boolean;
  output: string;
}

/** A folder for the files of one test file, removed after it; to be asked for outside of its tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'viaduct-pki-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs openssl or certtool. A program that is missing is an error, never a test that is passed over. */
export function run(program: 'openssl' | 'certtool', args: readonly string[], input = ''): Verdict {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { accepted: status === 0, output: stdout + stderr };
}

export function mustRun(program: 'openssl' | 'certtool', args: readonly string[], input = ''): string {
  const { accepted, output } = run(program, args, input);
  if (!accepted) throw new Error(`${program} ${args.join(' ')}: ${output}`);
  return output;
}

export interface Question {
  ca: string;
  cert: string;
  crl: string;
  purpose: 'server' | 'client';
  /** DNS name or address. */
  name?: string;
}

const purposeOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
let questions = 0;

/**
 * Puts a certificate to both programs, revocation list and all: `accepted / accepted`, or the reasons that openssl
 * and certtool give.
 */
export function verdict(folder: string, question: Question): string {
  const { openssl, certtool } = verdicts(folder, question);
  const opensslReason = /lookup: (.*)/.exec(openssl.output)?.[1] ?? openssl.output;
  const certtoolReason =
    /Chain verification output:.* NOT trusted\. (.*?) ?\n/.exec(certtool.output)?.[1] ?? certtool.output;
  return `${openssl.accepted ? 'accepted' : opensslReason} / ${certtool.accepted ? 'accepted' : certtoolReason}`;
}

function verdicts(folder: string, question: Question): { openssl: Verdict; certtool: Verdict } {
  questions += 1;
  const file = (name: string, content: string) => {
    const path = join(folder, `${questions}-${name}.pem`);
    writeFileSync(path, content);
    return path;
  };
  const ca = file('ca', question.ca);
  const cert = file('cert', question.cert);
  const crl = file('crl', question.crl);
  return {
    openssl: run('openssl', [
      'verify',
      '-CAfile',
      ca,
      '-CRLfile',
      crl,
      '-untrusted',
      cert,
      ...opensslOptions(question),
      cert,
    ]),
    certtool: run('certtool', [
      ...['--verify', '--load-ca-certificate', ca, '--load-crl', crl, '--infile', cert],
      ...certtoolOptions(question),
    ]),
  };
}

function opensslOptions({ purpose, name }: Question): string[] {
  const isAddress = name !== undefined && /^[0-9.]+$|:/.test(name);
  return [
    ...['-crl_check', '-x509_strict', '-purpose', purpose === 'server' ? 'sslserver' : 'sslclient'],
    ...(name === undefined ? [] : [isAddress ? '-verify_ip' : '-verify_hostname', name]),
  ];
}

function certtoolOptions({ purpose, name }: Question): string[] {
  return [
    ...['--verify-purpose', purposeOids[purpose]],
    ...(name === undefined ? [] : ['--verify-hostname', name]),
  ];
}
