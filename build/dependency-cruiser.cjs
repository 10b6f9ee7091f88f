/*
 * What may import what, once. `common` < `libvirt`, `ssh`, `pki` < `hosts`, `setup` < `deploy`, `engine`, `terminals` <
 * `authorities`, `rehearsal` < `wizard` < `ipc` < `shell` < `main`, `serve`, `cli`; the screen sees the contract's types
 * and its client, through its bridge.
 */

/** Each folder of electron/ with the folders it may import from, beside itself. */
const layers = {
  common: [],
  libvirt: ['common'],
  ssh: ['common'],
  pki: ['common'],
  setup: ['common', 'libvirt', 'ssh', 'pki'],
  hosts: ['common', 'libvirt', 'ssh', 'pki'],
  deploy: ['common', 'libvirt', 'ssh', 'pki', 'hosts', 'setup'],
  authorities: ['common', 'pki', 'deploy'],
  engine: ['common', 'libvirt', 'pki', 'hosts', 'setup'],
  terminals: ['common', 'libvirt', 'hosts'],
  rehearsal: ['common', 'libvirt', 'hosts', 'setup', 'deploy', 'engine'],
  wizard: [
    ...['common', 'libvirt', 'ssh', 'pki', 'hosts', 'setup', 'deploy'],
    ...['authorities', 'engine', 'rehearsal'],
  ],
  ipc: [
    ...['common', 'libvirt', 'ssh', 'pki', 'hosts', 'setup', 'deploy', 'engine', 'terminals'],
    ...['authorities', 'rehearsal', 'wizard'],
  ],
  shell: ['common', 'ipc'],
  preload: ['ipc'],
  main: ['common', 'pki', 'authorities', 'ipc', 'shell'],
  serve: ['common', 'ipc', 'shell'],
  cli: [
    ...['common', 'libvirt', 'ssh', 'pki', 'hosts', 'setup', 'deploy', 'engine', 'rehearsal'],
    ...['authorities', 'ipc', 'serve', 'shell'],
  ],
};

const layerRules = Object.entries(layers).map(([layer, below]) => ({
  name: `layer-${layer}`,
  severity: 'error',
  comment: `electron/${layer} may import from ${below.length > 0 ? below.join(', ') : 'nothing'} beside itself.`,
  from: { path: `^electron/${layer}/` },
  to: { path: '^(electron|renderer)/', pathNot: `^electron/(${[layer, ...below].join('|')})/` },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'An import cycle hides which part stands on which.',
      from: {},
      to: { circular: true },
    },
    ...layerRules,
    {
      name: 'electron-in-its-place',
      severity: 'error',
      comment: 'Only the desktop shell knows Electron; everything else runs without it.',
      from: { path: '^(electron|renderer)/', pathNot: '^electron/(main|preload)/' },
      to: { path: '(^|/)node_modules/electron/' },
    },
    {
      name: 'engine-without-the-world',
      severity: 'error',
      comment: 'The engine is handed its hosts and clocks; it opens no connection by itself.',
      from: { path: '^electron/engine/' },
      to: { path: '(^|/)node_modules/(ssh2|ws)/|^(tls|http|https|child_process)$' },
    },
    {
      name: 'screen-without-node',
      severity: 'error',
      comment: 'The screen runs in a browser.',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'screen-through-its-bridge',
      severity: 'error',
      comment:
        'The bridge is the one door to the other process; elsewhere only the contract’s types, and words that are the same everywhere.',
      from: { path: '^renderer/', pathNot: '^renderer/bridge(/|\\.ts$)' },
      to: {
        path: '^electron/',
        pathNot: '^electron/(common/units|ipc/(receipt-text|connection-words))\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'screen-sees-the-contract-alone',
      severity: 'error',
      comment:
        'What the screen knows of the other process stands in electron/ipc; units, receipts and connections read the same everywhere.',
      from: { path: '^renderer/' },
      to: {
        path: '^electron/',
        pathNot:
          '^electron/(ipc/(channel|client|contract|views|browser-wire|receipt-text|connection-words)|common/units)\\.ts$',
      },
    },
    {
      name: 'no-test-in-the-product',
      severity: 'error',
      from: { path: '^(electron|renderer)/' },
      to: { path: '^(tests|build)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'build/tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'node', 'types', 'default'],
    },
  },
};
