import { BadInputError } from '../../common/errors.ts';
import type { ParsedUri } from '../../libvirt/index.ts';
import type { SshPrompts } from '../../ssh/prompts.ts';
import type { Route } from './route.ts';
import { SshRoute } from './ssh-route.ts';
import { TlsRoute } from './tls-route.ts';
import { UnixRoute } from './unix-route.ts';

/** @throws BadInputError `transport-unsupported` for a transport that is understood but not spoken. */
export function chooseRoute(uri: ParsedUri, home: string, prompts: SshPrompts): Route {
  switch (uri.transport) {
    case 'ssh':
      return new SshRoute(uri, home, prompts);
    case 'tls':
      return new TlsRoute(uri);
    case 'unix':
      return new UnixRoute(uri);
    case 'tcp':
    case 'ext':
      throw new BadInputError(
        'transport-unsupported',
        `The transport ${uri.transport} is not supported; ssh, tls and unix are.`,
        { side: 'client', remedy: 'Reach the host over ssh: qemu+ssh://user@host/system.' },
      );
  }
}
