import { expect, test } from 'vitest';
import type { Changes } from '../../../test/fixtures/proc-trees/altered.ts';
import { reading, readingsAfter } from '../../../test/fixtures/proc-trees/readings.ts';

const clocksource = 'sys/devices/system/clocksource/clocksource0/current_clocksource';

const guest: Changes = {
	'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n',
	'sys/class/dmi/id/sys_vendor': 'QEMU\n',
	'sys/class/dmi/id/product_name': 'Standard PC\n',
	'proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\nprocs_running 1\n',
	[clocksource]: 'kvm-clock\n',
	'sys/bus/virtio/devices/virtio0/status': '0x0000000f\n',
};

const isGuest = (from: Changes) => readingsAfter({}, { from }).some(({ check }) => check === 'virt.steal');

test('a processor says whether it is virtual, else the name of the hardware does', () => {
	expect(isGuest(guest)).toBe(true);
	// A cloud's machine of bare metal has its name as well.
	expect(
		isGuest({ ...guest, 'proc/cpuinfo': 'flags\t\t: fpu vme\n', 'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' }),
	).toBe(false);
	expect(isGuest({ ...guest, 'proc/cpuinfo': 'processor\t: 0\nBogoMIPS\t: 50.00\n' })).toBe(true);
	expect(isGuest({ 'proc/cpuinfo': 'processor\t: 0\nBogoMIPS\t: 50.00\n' })).toBe(false);
});

test.each([
	[3, 'ok'],
	[7, 'warn'],
	[30, 'bad'],
])('%i of 100 ticks stolen are %s', (stolen, verdict) => {
	const readings = readingsAfter({ 'proc/stat': `cpu  ${100 - stolen} 0 0 0 0 0 0 ${stolen} 50 0\n` }, { from: guest });
	expect(reading(readings, 'virt.steal')).toMatchObject({ value: expect.closeTo(stolen), verdict });
	expect(reading(readings, 'virt.steal').why).toContain('QEMU Standard PC');
});

test.each([
	['0x0000000f', 'ok'],
	['0x00000000', 'ok'],
	['0x0000008f', 'bad'],
	['0x0000004f', 'bad'],
])('a virtio device of status %s is %s', (status, verdict) => {
	const readings = readingsAfter({}, { from: { ...guest, 'sys/bus/virtio/devices/virtio0/status': `${status}\n` } });
	expect(reading(readings, 'virt.virtio')).toMatchObject({ verdict, suspects: verdict === 'bad' ? ['virtio0'] : [] });
});

test('a hypervisor without virtio has no reading of it', () => {
	const from = { ...guest };
	delete from['sys/bus/virtio/devices/virtio0/status'];
	expect(readingsAfter({}, { from }).some(({ check }) => check === 'virt.virtio')).toBe(false);
});

test.each([
	['kvm-clock', 'ok'],
	['tsc', 'ok'],
	['hyperv_clocksource_tsc_page', 'ok'],
	['hpet', 'warn'],
	['acpi_pm', 'warn'],
])('the clock %s is %s', (name, verdict) => {
	const readings = readingsAfter({}, { from: { ...guest, [clocksource]: `${name}\n` } });
	expect(reading(readings, 'virt.clock')).toMatchObject({ verdict });
});

test('memory that the hypervisor took back', () => {
	const ballooned: Changes = {
		...guest,
		'sys/bus/virtio/drivers/virtio_balloon/virtio3/status': '0x0000000f\n',
		'proc/vmstat': 'balloon_inflate 262144\nballoon_deflate 0\n',
		'proc/meminfo': 'MemTotal: 2097152 kB\nMemAvailable: 1000000 kB\n',
	};
	expect(reading(readingsAfter({}, { from: ballooned }), 'virt.balloon')).toMatchObject({
		value: 1024,
		verdict: 'warn',
		why: 'the hypervisor has taken back 1024 MiB, 33 % of this machine’s memory, through its balloon',
	});
	const given = { ...ballooned, 'proc/vmstat': 'balloon_inflate 262144\nballoon_deflate 262144\n' };
	expect(reading(readingsAfter({}, { from: given }), 'virt.balloon')).toMatchObject({ value: 0, verdict: 'ok' });
});

test('hardware alone has nothing to say of a hypervisor', () => {
	expect(isGuest({ ...guest, 'proc/cpuinfo': 'flags\t\t: fpu vme\n' })).toBe(false);
});
