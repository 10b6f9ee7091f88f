import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that holds all of Viaduct's state; nothing is written anywhere else. `VIADUCT_HOME` names it,
 * else it is `viaduct` in the XDG data folder. Made here, readable by its owner only.
 */
export function viaductHome(environment: NodeJS.ProcessEnv = process.env): string {
  const data = environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  const home = environment['VIADUCT_HOME'] || join(data, 'viaduct');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return home;
}
