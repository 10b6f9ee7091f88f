/** Name of the guest with this number; all are equally long. */
export function guestName(number: number): string {
  return `guest-${String(number).padStart(6, '0')}`;
}

/** What libvirt's test driver serves as `test:///FILE`: a host with that many running guests. */
export function testNode(guests: number): string {
  const domains = Array.from({ length: guests }, (_, number) => {
    const uuid = `5f0e0000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    return `<domain type='test'>
  <name>${guestName(number)}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>1024</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
</domain>
`;
  });
  return `<node>\n${domains.join('')}</node>\n`;
}
