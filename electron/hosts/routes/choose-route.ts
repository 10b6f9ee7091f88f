import type { ParsedUri } from '../../libvirt/index.ts';
import type { SshPrompts } from '../../ssh/prompts.ts';
import { extRoute, tcpRoute, tlsRoute } from './daemon-only-route.ts';
import type { Route } from './route.ts';
import { SshCommandRoute } from './ssh-command-route.ts';
import { SshRoute } from './ssh-route.ts';
import { UnixRoute } from './unix-route.ts';

/** @throws BadInputError when a parameter of the URI cannot be used. */
export function chooseRoute(uri: ParsedUri, home: string, prompts: SshPrompts): Route {
  switch (uri.transport) {
    case 'ssh':
      return uri.parameters.command === undefined
        ? new SshRoute(uri, home, prompts)
        : new SshCommandRoute(uri);
    case 'tls':
      return tlsRoute(uri);
    case 'unix':
      return new UnixRoute(uri);
    case 'tcp':
      return tcpRoute(uri);
    case 'ext':
      return extRoute(uri);
  }
}
