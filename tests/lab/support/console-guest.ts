import { mustRunOnHost, runOnHost } from '../host.ts';
import { type HostLayout, imagesDir } from '../layout.ts';
import { virsh } from '../virsh.ts';

/*
 * A guest with a serial console to talk to, and a screen: its whole software is one boot sector. It says that it is
 * ready and then gives back every byte that comes in, small letters as capitals, so that an answer cannot be taken
 * for an echo on the way.
 */

const serialPort = 0x3f8;
const lineStatus = 0x3fd;
const greeting = 'console guest ready\r\n';

function bootSector(): Buffer {
  const low = (word: number) => [word & 0xff, word >> 8];
  const origin = 0x7c00;
  const code = (messageAt: number): number[] => {
    const put = [
      0x50, // push ax
      ...[0xba, ...low(lineStatus)], // mov dx, line status
      0xec, // wait: in al, dx
      ...[0xa8, 0x20], // test al, "may send"
      ...[0x74, 0xfb], // jz wait
      0x58, // pop ax
      ...[0xba, ...low(serialPort)], // mov dx, port
      0xee, // out dx, al
      0xc3, // ret
    ];
    const start = [
      ...[0x31, 0xc0], // xor ax, ax
      ...[0x8e, 0xd8], // mov ds, ax
      ...[0x8e, 0xd0], // mov ss, ax
      ...[0xbc, 0x00, 0x7c], // mov sp, 0x7c00
      ...[0xbe, ...low(origin + messageAt)], // mov si, greeting
      0xac, // next: lodsb
      ...[0x84, 0xc0], // test al, al
      ...[0x74, 0x05], // jz answer
    ];
    const answer = [
      ...[0xba, ...low(lineStatus)], // mov dx, line status
      0xec, // in al, dx
      ...[0xa8, 0x01], // test al, "has come"
      ...[0x74, 0xf8], // jz answer
      ...[0xba, ...low(serialPort)], // mov dx, port
      0xec, // in al, dx
      ...[0x3c, 0x61], // cmp al, 'a'
      ...[0x72, 0x06], // jb out
      ...[0x3c, 0x7a], // cmp al, 'z'
      ...[0x77, 0x02], // ja out
      ...[0x24, 0xdf], // and al, 0xdf
    ];
    const greet = [0xe8, 0, 0, 0xeb, 0xf6]; // call put; jmp next
    const reply = [0xe8, 0, 0, 0xeb, 0]; // out: call put; jmp answer
    const putAt = start.length + greet.length + answer.length + reply.length;
    const answerAt = start.length + greet.length;
    const replyAt = answerAt + answer.length;
    greet.splice(1, 2, ...low(putAt - (start.length + 3)));
    reply.splice(1, 2, ...low(putAt - (replyAt + 3)));
    reply[4] = (answerAt - (replyAt + 5)) & 0xff;
    return [...start, ...greet, ...answer, ...reply, ...put];
  };
  const program = code(code(0).length);
  const sector = Buffer.alloc(512);
  sector.set(program);
  sector.write(greeting, program.length, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

export interface ConsoleGuest {
  name: string;
  uuid: string;
}

/** Starts it, transient; paused, so that its greeting waits for whoever opens the console. Stop it again. */
export async function startConsoleGuest(host: HostLayout, { name, uuid }: ConsoleGuest): Promise<void> {
  const image = `${imagesDir}/${name}.img`;
  await mustRunOnHost(host, ['sh', '-c', 'base64 -d >"$1"', 'sh', image], {
    stdin: bootSector().toString('base64'),
  });
  const file = `/run/lab-${name}.xml`;
  await mustRunOnHost(host, ['tee', file], { stdin: definition(name, uuid, image) });
  await virsh(host, ['create', file, '--paused']);
}

export async function stopConsoleGuest(host: HostLayout, { name }: ConsoleGuest): Promise<void> {
  await runOnHost(host, ['virsh', '--quiet', 'destroy', name]);
  await mustRunOnHost(host, ['rm', '-f', `${imagesDir}/${name}.img`, `/run/lab-${name}.xml`]);
}

function definition(name: string, uuid: string, image: string): string {
  return `
<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${image}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <serial type='pty'><target port='0'/></serial>
    <graphics type='vnc' listen='127.0.0.1'/>
    <video><model type='vga'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
