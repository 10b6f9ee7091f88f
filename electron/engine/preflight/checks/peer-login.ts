import { BadInputError } from '../../../common/errors.ts';
import { needsPeer } from '../../choose-control.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import { findingsOf } from '../finding-of.ts';
import type { PeerLogin } from '../peer/peer-login.ts';
import { whyShutOut } from '../peer/why-shut-out.ts';

const id = 'control.login';

/**
 * Whether the source's daemon gets into the destination's, tried from there before anything starts. Where the admin left
 * the choice to Viaduct, what is in the way is no error: the migration is managed then.
 */
export const peerLoginCheck: Check = {
  id,
  title: "whether the source's daemon can log in at the destination",
  side: 'between',
  needs: ['source', 'destination'],
  applies: ({ control }) => control !== 'managed',
  run: async (context) => {
    try {
      return await judge(await context.peerLogin(), context);
    } catch (error) {
      if (!(error instanceof BadInputError)) throw error;
      const remedy = error.remedy ?? 'Give another address.';
      return [findingsOf(id, 'between').error({ summary: error.message, remedy })];
    }
  },
};

async function judge(login: PeerLogin, context: PreflightContext): Promise<Finding[]> {
  const { source, destination, options } = context;
  const { address, identity, door, trial } = login;
  const evidence = `${address.dconnuri} (${address.because})`;
  const whom = identity === undefined ? 'with its client certificate' : `as ${identity}`;
  if (trial.kind === 'in') {
    const how = trial.by === 'certificate' ? whom : `${whom} and with the credentials of root there`;
    const ok = findingsOf(id, 'between').ok(
      `${source.name} can log in at ${destination.name} ${how}.`,
      evidence,
    );
    if (door?.verifiesClient !== false) return [ok];
    return [
      ok,
      findingsOf(`${id}.unverified`, 'destination').warning({
        summary: `The daemon of ${destination.name} lets in everybody who reaches its port.`,
        evidence: `tls_no_verify_certificate in ${door.confPath}`,
        remedy: `Take tls_no_verify_certificate out of ${door.confPath} on ${destination.name} and restart its libvirt.`,
      }),
    ];
  }
  if (trial.kind === 'awaits-identity') {
    const sasl = door?.wantsSasl === true ? ` ${destination.name} wants SASL as well.` : '';
    return [
      findingsOf(id, 'between').info(
        `${source.name} reaches the daemon of ${destination.name} and accepts its certificate. It will log in ${whom}, which is made and tried right before the move.${sasl}`,
        evidence,
      ),
    ];
  }
  if (trial.kind === 'not-tried') {
    return [
      findingsOf(id, 'between').unknown({
        summary: `Whether ${source.name} can log in at ${destination.name} was not tried: ${trial.said || 'openssl ended without a word'}.`,
        evidence,
        remedy: `Let Viaduct become root on ${source.name} over SSH, or try it there: virsh -c ${address.dconnuri} uri`,
      }),
    ];
  }
  const { cause, summary, remedy, said } = await whyShutOut(login, trial, context);
  const words = { summary, remedy, evidence: said ? `${evidence}: ${said}` : evidence };
  if (needsPeer(options)) return [findingsOf(`${id}.${cause}`, 'between').error(words)];
  return [{ id: `${id}.${cause}`, side: 'between', level: 'info', ...words }];
}
