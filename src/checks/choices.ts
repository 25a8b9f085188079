import type { ResourceName } from './check.ts';

/** What was chosen where sources differ or say nothing, and why: for who doubts a verdict. */
export const choices: Record<ResourceName, readonly string[]> = {
	cpu: [
		'Waiting for a disk (iowait) and time the hypervisor gave to others (steal) are not counted as busy: no thread of this host ran then.',
		'A single CPU that is full while the others idle is a warning, since one thread can’t use a second CPU; the average hides it.',
		'Pressure and the run queue are both asked: the queue is a glance at one moment and can miss bursts, pressure sums them up, and is missing where PSI is off. The load average is told and not judged by: it also counts tasks that wait for disks, and trails behind by minutes.',
		'Being held back by a quota counts as saturation, not as utilization: a container can be held back on an idle host.',
	],
	memory: [
		'What programs can still get (MemAvailable) counts, not what is free: the page cache gives way.',
		'Saturation is time lost, so pressure, swapping out and direct reclaim are asked; a full swap that nobody touches is not slow and counts as utilization.',
		'An OOM kill is bad whoever set the limit that it came from: something was lost. That there was one is counted; who it was is in the kernel’s log and whose limit it was in the control groups, so a closed log hides no kill.',
		'Of the kernel’s own memory only that counts which it can’t give back: large caches of files and directories are no loss. What it is held for is asked only when it is much, since the kernel stands still while it writes that list.',
		'Pages looked at in vain are judged by their share and only when they are many: a low share that can be taken means that all there is is in use.',
		'Major faults have a high limit: programs that start read their files that way. Pages that had been there before are told beside them, since they mean that memory is too small.',
	],
	disk: [
		'A disk that is busy all the time is at most a warning when it can serve many requests at once (SSD, NVMe, RAID, virtual): it may have room. Waiting requests and their time tell.',
		'How long a request takes is judged against fixed limits by kind of disk and against its own past: slow for this disk is what users notice.',
		'Space is judged by what programs can still get, and by when it will be gone at the pace of this session. Network and automatic file systems are not asked, since a dead server would hold the console.',
	],
	network: [
		'A link of unknown speed has an unknown utilization: virtual interfaces tell none, and a guess would be shown as a fact.',
		'Interfaces without hardware (veth, bridges, lo) are summed in one line and told apart when one of them drops or fails; else hundreds of containers would hide the one cable.',
		'Retransmits count against segments sent, and only with enough of them: one of three is no trend.',
		'Listen queues, SYN queues and socket buffers are saturation: what overflows was offered too fast, nothing is broken.',
	],
	virt: [
		'A guest’s CPU that waits for a CPU of the host is judged as the guest will feel it, as steal.',
		'Packets that a tap drops are saturation: the guest, or its vhost thread, does not fetch them.',
		'For Open vSwitch a lost upcall is bad at once; misses are only judged with enough packets, since the first packet of each flow is one by design.',
		'Where nothing virtual runs the cells are unknown with that reason; being a guest is asked on its own.',
	],
	software: [
		'Limits are asked where they hold: the host’s, each control group’s and each process’s own; the nearest one is named.',
		'Waiting for locks is not counted by the kernel and stays unknown: tools tell it, at a price.',
		'A few zombies are the rule, and a process is stuck only when it waits for the same thing in sample after sample.',
	],
	interconnect: [
		'Only counters that the kernel keeps anyway are read. What CPUs wait for on their way to memory needs hardware counters, which most virtual machines lack: then it is unknown, and the tool that could tell is named.',
	],
};
