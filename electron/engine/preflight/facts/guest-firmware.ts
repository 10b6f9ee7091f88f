import { attribute, elements, text, type XmlElement } from '../../../common/xml.ts';

/** A file of the host that QEMU reads when it starts the guest, also to take it in. */
export interface StartFile {
  what: string;
  path: string;
  /** Its size becomes part of the guest, and must be the same on both hosts. */
  sizeMatters: boolean;
}

/** Where the guest's security chip is: in a program beside QEMU, or in the host itself. */
export type TpmKind = 'emulator' | 'passthrough' | 'other';

export interface GuestFirmware {
  startFiles: StartFile[];
  tpm: TpmKind | undefined;
}

export function parseFirmware(domain: XmlElement): GuestFirmware {
  const file = (path: string, what: string, sizeMatters: boolean): StartFile[] => {
    const name = text(domain, path);
    return name?.startsWith('/') === true ? [{ what, path: name, sizeMatters }] : [];
  };
  const template = elements(domain, 'os/nvram').flatMap((nvram) => attribute(nvram, '', 'template') ?? []);
  const tpm = elements(domain, 'devices/tpm/backend')[0];
  const kind = tpm && attribute(tpm, '', 'type');
  return {
    startFiles: [
      ...file('os/loader', 'the firmware', true),
      ...template.map((path) => ({ what: 'the template of its NVRAM', path, sizeMatters: false })),
      ...file('os/kernel', 'the kernel', false),
      ...file('os/initrd', 'the initial RAM disk', false),
      ...file('os/dtb', 'the device tree', false),
    ],
    tpm: kind === undefined ? undefined : kind === 'emulator' || kind === 'passthrough' ? kind : 'other',
  };
}
