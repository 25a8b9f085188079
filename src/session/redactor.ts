import { createHash, randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { printable } from '../host/printable.ts';

/** Names of accounts that every host has tell nobody's. */
const commonAccounts = new Set(
	'root daemon bin sys nobody www-data messagebus syslog sshd systemd mail lp man games proxy backup postgres mysql redis nginx'.split(
		' ',
	),
);

/** Ends of names that are names of hosts. Others can't be told from file names and versions. */
const domains = 'com|net|org|edu|gov|io|dev|cloud|local|internal|intranet|localdomain|lan|corp|home|arpa|example|test';

const mac = /(?<![\w:-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?!\w|[:-][0-9a-f])/gi;
const ipv6 = /(?<!\w|::)(?:[0-9a-f]{0,4}:){2,7}(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]{0,4})(?![\w:])/gi;
const ipv4 = /(?<!\d|\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g;
const fullName = new RegExp(`(?<![\\w.-])(?:[a-z0-9_](?:[\\w-]*[a-z0-9])?\\.)+(?:${domains})(?![\\w-]|\\.\\w)`, 'gi');
/** What sysstat's tools begin with. */
const banner = /^(Linux \S+ \()([^()\s]+)(?=\))/;
const cloudName = /(?<![\w-])ip-\d+-\d+-\d+-\d+(?![\w-])/g;
const home = /(\/home\/)([^\s/"'\\:;,<>()&]+)/g;
const mailed = new RegExp(`(?<![\\w.+-])[\\w.+-]+(?=@(?:[a-z0-9-]+\\.)+(?:${domains})\\b)`, 'gi');

/**
 * Replaces what tells whose host this is. The same original has the same
 * replacement everywhere, so that it can still be seen who talked to whom.
 */
export class Redactor {
	private readonly hosts = new Names('host-');
	private readonly users = new Names('user-');
	private readonly ipv4 = new Numbers();
	private readonly ipv6 = new Numbers();
	private readonly macs = new Numbers();
	/** Arguments are without number, so they have no list; without this key nobody can try out which they were. */
	private readonly key = randomBytes(32);
	/** Two words that follow each other on a saved screen, and whether they were met as a program and its first argument. */
	private readonly onScreens = new Map<string, boolean>();
	private readonly vocabulary: ReadonlySet<string>;
	private words: RegExp | undefined;
	private wordsKnown = 0;

	/** Words of this vocabulary stay, though a host may be called so: without them output could not be read. */
	constructor(vocabulary: ReadonlySet<string> = new Set()) {
		this.vocabulary = vocabulary;
	}

	/** A whole text that is the name of a host or an address. */
	host(name: string): string {
		if (name === '' || name === 'localhost' || /^\(.*\)$/.test(name)) return name;
		if (isIPv4(name) || isIPv6(name)) return this.text(name);
		const replacement = this.hosts.of(name);
		const short = name.split('.')[0] ?? '';
		// A host is called by its first name as well.
		if (short !== name && short.length > 2) this.hosts.same(short, replacement);
		return replacement;
	}

	/** A whole text that is the name of an account. */
	user(name: string): string {
		return name === '' || commonAccounts.has(name) || /^\d+$/.test(name) ? name : this.users.of(name);
	}

	/** A command line: its program stays, and how many arguments it has. */
	commandLine(text: string): string {
		const [program = '', ...rest] = text.split(/(\s+)/);
		const start = printable(`${program} ${rest[1]}`);
		if (this.onScreens.has(start)) this.onScreens.set(start, true);
		return program + rest.map((word) => (/^\s*$/.test(word) ? word : this.argument(word))).join('');
	}

	/** A line of a saved screen has no columns any more: what begins as a command that was met is one, to its end. */
	screenLine(line: string): string {
		const words = [...line.matchAll(/\S+/g)];
		const starts = words.map(([word], index) => `${word} ${words[index + 1]}`);
		for (const start of starts) if (!this.onScreens.has(start)) this.onScreens.set(start, false);
		const command = words[starts.findIndex((start) => this.onScreens.get(start))]?.index ?? line.length;
		return this.text(line.slice(0, command) + this.commandLine(line.slice(command)));
	}

	/** Any text in which such names and addresses may stand. */
	text(text: string): string {
		let redacted = text;
		// Most lines have nothing of the kind; to look for one character costs least.
		if (text.includes(':') || text.includes('-'))
			redacted = redacted.replace(mac, (address) => this.macAddress(address));
		if (text.includes(':')) redacted = redacted.replace(ipv6, (address) => this.ipv6Address(address));
		if (text.includes('.')) {
			redacted = redacted.replace(ipv4, (address) => this.ipv4Address(address));
			if (text.includes('@')) redacted = redacted.replace(mailed, (name) => this.user(name));
			redacted = redacted.replace(fullName, (name) => (this.hosts.isReplacement(name) ? name : this.host(name)));
		}
		if (text.startsWith('Linux ')) redacted = redacted.replace(banner, (_, before, name) => before + this.host(name));
		if (text.includes('ip-')) redacted = redacted.replace(cloudName, (name) => this.host(name));
		if (text.includes('/home/')) redacted = redacted.replace(home, (_, before, name) => before + this.user(name));
		return this.knownWords(redacted);
	}

	private argument(word: string): string {
		const digest = createHash('sha256').update(this.key).update(printable(word)).digest('hex');
		return `arg-${digest.slice(0, 8)}`;
	}

	private ipv4Address(address: string): string {
		if (!isIPv4(address) || /^(127|0|255)\./.test(address) || address === '255.255.255.255') return address;
		return ipv4Of(this.ipv4.of(address));
	}

	private ipv6Address(address: string): string {
		// A colon may follow, as after any word.
		if (/[^:]:$/.test(address)) return `${this.ipv6Address(address.slice(0, -1))}:`;
		// The dotted end of a mapped address is one of version 4.
		// "a::b" is a name in some languages.
		if (!isIPv6(address) || !/\d/.test(address) || address.includes('.') || address === '::1') return address;
		const one = new URL(`http://[${address}]`).hostname;
		const number = this.ipv6.of(one);
		return `2001:db8::${number > 0xffff ? `${(number >>> 16).toString(16)}:` : ''}${(number & 0xffff).toString(16)}`;
	}

	private macAddress(address: string): string {
		const digits = address.toLowerCase().replaceAll('-', ':');
		if (digits === '00:00:00:00:00:00' || digits === 'ff:ff:ff:ff:ff:ff') return address;
		const number = this.macs.of(digits).toString(16).padStart(10, '0');
		return `02:${number.replace(/..(?!$)/g, '$&:')}`;
	}

	/** Names that were met anywhere, wherever they stand as a word. */
	private knownWords(text: string): string {
		const known = this.hosts.size + this.users.size;
		if (known !== this.wordsKnown) {
			const words = [...this.hosts.originals(), ...this.users.originals()].filter((word) => !this.isNeeded(word));
			const longestFirst = words.sort((a, b) => b.length - a.length).map((word) => word.replace(/[^\w]/g, '\\$&'));
			this.words = words.length > 0 ? new RegExp(`(?<![\\w-])(?:${longestFirst.join('|')})(?![\\w-])`, 'g') : undefined;
			this.wordsKnown = known;
		}
		if (!this.words) return text;
		return text.replace(this.words, (word) => this.hosts.find(word) ?? this.users.find(word) ?? word);
	}

	private isNeeded(word: string): boolean {
		return word.length < 2 || /^\d+$/.test(word) || this.vocabulary.has(word);
	}
}

/** Blocks that are kept for documentation first, then those that nobody may use. */
function ipv4Of(number: number): string {
	const block = ['192.0.2', '198.51.100', '203.0.113'][Math.floor((number - 1) / 254)];
	if (block) return `${block}.${((number - 1) % 254) + 1}`;
	return `240.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

/** Originals in the order in which they were met, from 1. A replacement that is met again stays itself. */
class Numbers {
	private readonly known = new Map<string, number>();

	of(original: string): number {
		const number = this.known.get(original) ?? this.known.size + 1;
		this.known.set(original, number);
		return number;
	}
}

class Names {
	private readonly known = new Map<string, string>();
	private readonly replacements = new Set<string>();
	private readonly prefix: string;

	constructor(prefix: string) {
		this.prefix = prefix;
	}

	get size(): number {
		return this.known.size;
	}

	of(original: string): string {
		if (this.replacements.has(original)) return original;
		const replacement = this.known.get(original) ?? `${this.prefix}${this.replacements.size + 1}`;
		this.same(original, replacement);
		return replacement;
	}

	same(original: string, replacement: string): void {
		if (!this.known.has(original)) this.known.set(original, replacement);
		this.replacements.add(replacement);
	}

	find(original: string): string | undefined {
		return this.known.get(original);
	}

	isReplacement(text: string): boolean {
		return this.replacements.has(text);
	}

	originals(): Iterable<string> {
		return this.known.keys();
	}
}
