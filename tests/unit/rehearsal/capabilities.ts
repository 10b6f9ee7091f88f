/** Capabilities as a daemon writes them, as far as a rehearsal reads them. */
export interface Offer {
  uuid?: string;
  arch?: string;
  /** Architecture that the guests below are for. */
  guestArch?: string;
  osType?: string;
  machines?: readonly string[];
  /** Versioned names by alias. */
  aliases?: Readonly<Record<string, string>>;
  deprecated?: readonly string[];
  /** Virtualization types, with machine types of their own where there are any. */
  types?: Readonly<Record<string, readonly string[]>>;
}

export function capabilitiesXml({
  uuid = 'be5d334b-c032-bc4a-2975-78945090e8b9',
  arch = 'x86_64',
  guestArch = arch,
  osType = 'hvm',
  machines = ['pc-q35-7.2', 'pc-i440fx-7.2'],
  aliases = {},
  deprecated = [],
  types = { qemu: [], kvm: [] },
}: Offer = {}): string {
  const machine = (name: string): string => `<machine maxCpus='255'>${escaped(name)}</machine>`;
  const list = [
    ...machines.map(machine),
    ...deprecated.map((name) => `<machine maxCpus='255' deprecated='yes'>${escaped(name)}</machine>`),
    ...Object.entries(aliases).map(
      ([alias, name]) => `<machine canonical='${escaped(name)}' maxCpus='1'>${escaped(alias)}</machine>`,
    ),
  ];
  const domains = Object.entries(types).map(
    ([type, own]) => `<domain type='${escaped(type)}'>${own.map(machine).join('')}</domain>`,
  );
  return `<capabilities><host><uuid>${escaped(uuid)}</uuid><cpu><arch>${escaped(arch)}</arch></cpu></host>
    <guest><os_type>${escaped(osType)}</os_type><arch name='${escaped(guestArch)}'><wordsize>64</wordsize>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>${list.join('')}${domains.join('')}</arch></guest></capabilities>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  "'": 'apos',
  '"': 'quot',
};

function escaped(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => `&${entities[character] ?? ''};`);
}
