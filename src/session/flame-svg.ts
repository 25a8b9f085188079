import { counted } from '../checks/sentence.ts';
import { childrenByName, type StackNode, type StackTree } from '../table/stack-tree.ts';

interface About {
	title: string;
	/** What was seen, where and when. */
	subtitle: string;
	/** What a stack's count is: "samples", or a unit of time. */
	unit: string;
}

const width = 1200;
const frameHeight = 17;
const margin = 10;
const top = 64;
const bottom = 30;
/** A frame narrower than this many points would not be seen. */
const narrowest = 0.2;
/** Every frame is an element, and browsers are slow with more. */
const mostFrames = 20_000;
const letterWidth = 6.6;

/**
 * A flame graph in one file that asks nothing of a network. A click zooms, the field searches; without scripts the
 * picture and its titles are still there.
 */
export function flameSvg(tree: StackTree, about: About): string {
	const { frames, left } = framesOf(tree);
	const deepest = Math.max(0, ...frames.map(({ node }) => node.depth));
	const height = top + (deepest + 1) * frameHeight + bottom;
	const floor = top + deepest * frameHeight;
	const notes = [
		...(left > 0 ? [`left out: ${counted(left, 'frame')} too narrow to show`] : []),
		...(tree.shortened.stacks > 0
			? [`shortened: ${counted(tree.shortened.stacks, 'stack')} (${tree.shortened.samples} ${about.unit})`]
			: []),
	];
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="11">`,
		`<title>${xml(about.title)}</title>`,
		`<style>${style}</style>`,
		'<rect width="100%" height="100%" fill="#f7f4ef"/>',
		`<text x="${margin}" y="22" font-size="15" font-weight="bold">${xml(about.title)}</text>`,
		`<text x="${margin}" y="39">${xml([about.subtitle, ...notes].join('; '))}</text>`,
		`<text id="reset" class="button" x="${margin}" y="56">Show all</text>`,
		`<text id="search" class="button" x="${margin + 80}" y="56">Search</text>`,
		`<text id="found" x="${margin + 150}" y="56"></text>`,
		`<g id="frames" data-total="${tree.root.total}" data-unit="${xml(about.unit)}">`,
		...frames.map((frame) => frameElement(frame, floor, tree.root.total, about.unit)),
		'</g>',
		`<text id="details" x="${margin}" y="${height - 11}"> </text>`,
		`<script><![CDATA[${script}]]></script>`,
		'</svg>',
		'',
	].join('\n');
}

interface Frame {
	node: StackNode;
	/** Shares of the whole, from 0 to 1. */
	from: number;
	share: number;
}

/** Level by level, so that of too many frames the innermost are left out. */
function framesOf(tree: StackTree): { frames: Frame[]; left: number } {
	const frames: Frame[] = [];
	let left = 0;
	let level: Frame[] = tree.root.total > 0 ? [{ node: tree.root, from: 0, share: 1 }] : [];
	while (level.length > 0) {
		const next: Frame[] = [];
		for (const frame of level) {
			if (frame.share * (width - 2 * margin) < narrowest || frames.length >= mostFrames) {
				left += sizeOf(frame.node);
				continue;
			}
			frames.push(frame);
			let from = frame.from;
			for (const node of childrenByName(frame.node)) {
				const share = node.total / tree.root.total;
				next.push({ node, from, share });
				from += share;
			}
		}
		level = next;
	}
	return { frames, left };
}

function sizeOf(node: StackNode): number {
	let size = 1;
	for (const child of node.children.values()) size += sizeOf(child);
	return size;
}

function frameElement({ node, from, share }: Frame, floor: number, all: number, unit: string): string {
	const x = margin + from * (width - 2 * margin);
	const w = share * (width - 2 * margin);
	const y = floor - node.depth * frameHeight;
	const name = xml(node.name);
	const text = `${name} (${node.total} ${xml(unit)}, ${((100 * node.total) / all).toFixed(2)}%)`;
	return [
		`<g class="frame" data-name="${name}" data-from="${from}" data-share="${share}" data-depth="${node.depth}" data-total="${node.total}">`,
		`<title>${text}</title>`,
		`<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(0, w - 0.3).toFixed(2)}" height="${frameHeight - 1}" rx="1" fill="${warmth(node)}"/>`,
		`<text x="${(x + 3).toFixed(2)}" y="${y + 12}">${xml(shortened(node.name, w))}</text>`,
		'</g>',
	].join('');
}

function shortened(name: string, points: number): string {
	const letters = Math.floor((points - 6) / letterWidth);
	if (letters < 3) return '';
	return name.length <= letters ? name : `${name.slice(0, letters - 2).toWellFormed()}..`;
}

/** The same name has the same colour wherever it is called. */
function warmth({ name, parent }: StackNode): string {
	if (!parent) return '#d8d2c6';
	let hash = 0;
	for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
	return `hsl(${12 + (hash % 40)} 85% ${62 + ((hash >> 8) % 14)}%)`;
}

/** As text or an attribute of XML, which has no place at all for some characters. */
function xml(text: string): string {
	return text
		.toWellFormed()
		.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}

const style = [
	'.frame{cursor:pointer}',
	'.frame:hover rect{stroke:#333;stroke-width:1}',
	'.frame text{pointer-events:none}',
	'.frame.outer{opacity:.55}',
	'.frame.found rect{fill:#b26be0}',
	'.button{fill:#1f5fa8;cursor:pointer;text-decoration:underline}',
].join('');

/** What the file does in a browser. Names reach the page as text only, never as markup. */
const script = `
(function () {
	var space = ${width - 2 * margin}, margin = ${margin}, letter = ${letterWidth};
	var holder = document.getElementById('frames');
	var frames = [].slice.call(holder.querySelectorAll('.frame')).map(function (element) {
		return {
			element: element,
			name: element.getAttribute('data-name'),
			from: Number(element.getAttribute('data-from')),
			share: Number(element.getAttribute('data-share')),
			depth: Number(element.getAttribute('data-depth')),
			total: Number(element.getAttribute('data-total')),
		};
	});
	var zoomed = frames[0];
	function draw() {
		frames.forEach(function (frame) {
			var outer = frame.depth < zoomed.depth && frame.from <= zoomed.from + 1e-9 && frame.from + frame.share >= zoomed.from + zoomed.share - 1e-9;
			var inner = frame.depth >= zoomed.depth && frame.from >= zoomed.from - 1e-9 && frame.from + frame.share <= zoomed.from + zoomed.share + 1e-9;
			frame.element.style.display = outer || inner ? '' : 'none';
			frame.element.classList.toggle('outer', outer);
			if (!outer && !inner) return;
			var x = outer ? margin : margin + ((frame.from - zoomed.from) / zoomed.share) * space;
			var width = outer ? space : (frame.share / zoomed.share) * space;
			var box = frame.element.querySelector('rect'), text = frame.element.querySelector('text');
			box.setAttribute('x', x);
			box.setAttribute('width', Math.max(0, width - 0.3));
			text.setAttribute('x', x + 3);
			var letters = Math.floor((width - 6) / letter);
			text.textContent = letters < 3 ? '' : frame.name.length <= letters ? frame.name : frame.name.slice(0, letters - 2) + '..';
		});
	}
	function search(wanted) {
		var until = -1, sum = 0;
		frames.forEach(function (frame) {
			frame.found = wanted !== '' && frame.depth > 0 && frame.name.toLowerCase().indexOf(wanted.toLowerCase()) >= 0;
			frame.element.classList.toggle('found', frame.found);
		});
		frames.filter(function (frame) { return frame.found; }).sort(function (a, b) { return a.from - b.from || a.depth - b.depth; }).forEach(function (frame) {
			if (frame.from < until - 1e-9) return;
			sum += frame.share;
			until = frame.from + frame.share;
		});
		document.getElementById('found').textContent = wanted === '' ? '' : '"' + wanted + '" in ' + (100 * sum).toFixed(1) + '%';
	}
	frames.forEach(function (frame) {
		frame.element.addEventListener('click', function () { zoomed = frame; draw(); });
		frame.element.addEventListener('mouseover', function () {
			document.getElementById('details').textContent = frame.element.querySelector('title').textContent;
		});
	});
	document.getElementById('reset').addEventListener('click', function () { if (frames[0]) { zoomed = frames[0]; draw(); } search(''); });
	document.getElementById('search').addEventListener('click', function () { search(window.prompt('Frames whose name has') || ''); });
})();
`;
