import type { AuthorityDesk } from '../../authorities/authority-desk.ts';
import type { Handlers } from '../contract.ts';

type AuthorityCommands = Extract<keyof Handlers, `authorities.${string}`>;

export function authorityHandlers(authorities: AuthorityDesk): Pick<Handlers, AuthorityCommands> {
  return {
    'authorities.get': async () => ({ authorities: await authorities.list() }),
    'authorities.create': async (request) => {
      await authorities.create(request);
      return {};
    },
    'authorities.import': async (request) => {
      await authorities.import(request);
      return {};
    },
    'authorities.unlock': async (request) => {
      await authorities.unlock(request);
      return {};
    },
    'authorities.lock': async ({ name }) => {
      await authorities.lock(name);
      return {};
    },
    'authorities.forget': async ({ name }) => {
      await authorities.forget(name);
      return {};
    },
  };
}
