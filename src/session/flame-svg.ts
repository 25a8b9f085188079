import { counted } from '../checks/sentence.ts';
import { childrenByName, type StackNode, type StackTree } from '../table/stack-tree.ts';

interface About {
	title: string;
	/** What was seen, where and when. */
	subtitle: string;
	/** What a stack's count is: "samples", or a unit of time. */
	unit: string;
}

/** How frames look where more is known of each than its samples. */
export interface FrameLook {
	fill(node: StackNode): string;
	/** What is told of a frame after its share. */
	remark(node: StackNode): string;
	/** Lines above the picture: what its colours mean. */
	legend: readonly string[];
	/** Where what is to be seen first lies; the innermost frames may be a hundred away. */
	outermost: 'top' | 'bottom';
}

const usualLook: FrameLook = { fill: warmth, remark: () => '', legend: [], outermost: 'bottom' };

const width = 1200;
const frameHeight = 17;
const margin = 10;
const lineHeight = 17;
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
export function flameSvg(tree: StackTree, about: About, look = usualLook): string {
	const drawn = framesOf(tree, mostFrames);
	const lines = [[about.subtitle, ...notesOf(tree, drawn.left, about.unit)].join('; '), ...look.legend];
	const buttons = 39 + lines.length * lineHeight;
	const isTopDown = look.outermost === 'top';
	const top = buttons + (isTopDown ? 8 + lineHeight : 8);
	const { frames, height } = placed(drawn.frames, top, look);
	const details = isTopDown ? buttons + lineHeight : height - 11;
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="11">`,
		`<title>${xml(about.title)}</title>`,
		`<style>${flameStyle}.button{fill:#1f5fa8;cursor:pointer;text-decoration:underline}</style>`,
		'<rect width="100%" height="100%" fill="#f7f4ef"/>',
		`<text x="${margin}" y="22" font-size="15" font-weight="bold">${xml(about.title)}</text>`,
		...lines.map((line, index) => `<text x="${margin}" y="${39 + index * lineHeight}">${xml(line)}</text>`),
		`<text id="reset" class="button" x="${margin}" y="${buttons}">Show all</text>`,
		`<text id="search" class="button" x="${margin + 80}" y="${buttons}">Search</text>`,
		`<text id="found" x="${margin + 150}" y="${buttons}"></text>`,
		...frames.map((frame) => frameElement(frame, tree.root.total, about.unit, look)),
		`<text class="details" x="${margin}" y="${details}"> </text>`,
		`<script><![CDATA[(function () {${flameScript}${wiring}})();]]></script>`,
		'</svg>',
		'',
	].join('\n');
}

/** The same inside a page, which has the style and the script once for all of them. */
export function flameFigure(tree: StackTree, unit: string, most: number): string {
	const drawn = framesOf(tree, most);
	const { frames, height } = placed(drawn.frames, 4, usualLook);
	const notes = notesOf(tree, drawn.left, unit);
	return [
		`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Flame graph of ${tree.root.total} ${xml(unit)}">`,
		...frames.map((frame) => frameElement(frame, tree.root.total, unit, usualLook)),
		`<text class="details" x="${margin}" y="${height - 11}">${xml(notes.join('; '))} </text>`,
		'</svg>',
	].join('\n');
}

function notesOf({ shortened }: StackTree, left: number, unit: string): string[] {
	return [
		...(left > 0 ? [`left out: ${counted(left, 'frame')} too narrow to show`] : []),
		...(shortened.stacks > 0
			? [`shortened: ${counted(shortened.stacks, 'stack')} (${shortened.samples} ${unit})`]
			: []),
	];
}

function placed(frames: Frame[], top: number, { outermost }: FrameLook) {
	const deepest = frames.reduce((most, { node }) => Math.max(most, node.depth), 0);
	const yOf = (depth: number) => top + (outermost === 'top' ? depth : deepest - depth) * frameHeight;
	return {
		frames: frames.map((frame) => ({ ...frame, y: yOf(frame.node.depth) })),
		height: top + (deepest + 1) * frameHeight + bottom,
	};
}

interface Frame {
	node: StackNode;
	/** Shares of the whole, from 0 to 1. */
	from: number;
	share: number;
}

/** Of too many frames the narrowest are left out. A frame is never wider than its caller, so what is left hangs together. */
function framesOf(tree: StackTree, most: number): { frames: Frame[]; left: number } {
	const frames: Frame[] = [];
	const least = leastTotal(tree, most);
	let left = 0;
	let level: Frame[] = tree.root.total > 0 ? [{ node: tree.root, from: 0, share: 1 }] : [];
	while (level.length > 0) {
		const next: Frame[] = [];
		for (const frame of level) {
			if (frame.node.total < least) {
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

/** The samples that a frame has to have so that it is seen, and that no more than so many have. */
function leastTotal({ root, nodes }: StackTree, most: number): number {
	const seen = (root.total * narrowest) / (width - 2 * margin);
	if (nodes < most) return seen;
	const totals: number[] = [];
	const visit = (node: StackNode) => {
		totals.push(node.total);
		for (const child of node.children.values()) visit(child);
	};
	visit(root);
	const first = totals.sort((a, b) => b - a)[most] as number;
	return Math.max(seen, totals.slice(0, most).findLast((total) => total > first) ?? root.total);
}

function sizeOf(node: StackNode): number {
	let size = 1;
	for (const child of node.children.values()) size += sizeOf(child);
	return size;
}

function frameElement(
	{ node, from, share, y }: Frame & { y: number },
	all: number,
	unit: string,
	look: FrameLook,
): string {
	const x = margin + from * (width - 2 * margin);
	const w = share * (width - 2 * margin);
	const name = xml(node.name);
	const text = `${name} (${node.total} ${xml(unit)}, ${((100 * node.total) / all).toFixed(2)}%)${xml(look.remark(node))}`;
	return [
		`<g class="frame" data-name="${name}" data-from="${exact(from)}" data-share="${exact(share)}" data-depth="${node.depth}" data-total="${node.total}">`,
		`<title>${text}</title>`,
		`<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(0, w - 0.3).toFixed(2)}" height="${frameHeight - 1}" rx="1" fill="${look.fill(node)}"/>`,
		`<text x="${(x + 3).toFixed(2)}" y="${y + 12}">${xml(shortened(node.name, w))}</text>`,
		'</g>',
	].join('');
}

/** A hundredth of the narrowest frame is exact enough. */
function exact(share: number): string {
	return String(Number(share.toFixed(7)));
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

export const flameStyle = [
	'.frame{cursor:pointer}',
	'.frame:hover rect,.frame.at rect{stroke:#333;stroke-width:1}',
	'.frame text{pointer-events:none}',
	'.frame.outer{opacity:.55}',
	'.frame.found rect{fill:#b26be0}',
].join('');

/**
 * What a flame graph does in a browser: flameGraph(svg, say) makes one of a picture. A click or Enter zooms, arrows go
 * from frame to frame, Escape shows all. Names reach the page as text only, never as markup.
 */
export const flameScript = `
function flameGraph(svg, say) {
	var space = ${width - 2 * margin}, margin = ${margin}, letter = ${letterWidth}, little = 1e-6;
	var details = svg.querySelector('.details');
	var frames = [].slice.call(svg.querySelectorAll('.frame')).map(function (element) {
		return {
			element: element,
			name: element.getAttribute('data-name'),
			from: Number(element.getAttribute('data-from')),
			share: Number(element.getAttribute('data-share')),
			depth: Number(element.getAttribute('data-depth')),
		};
	});
	var zoomed = frames[0], at = frames[0];
	function holds(outer, inner) {
		return outer.from <= inner.from + little && outer.from + outer.share >= inner.from + inner.share - little;
	}
	function isShown(frame) {
		return frame.depth < zoomed.depth ? holds(frame, zoomed) : holds(zoomed, frame);
	}
	function draw() {
		frames.forEach(function (frame) {
			var shown = isShown(frame), outer = shown && frame.depth < zoomed.depth;
			frame.element.style.display = shown ? '' : 'none';
			frame.element.classList.toggle('outer', outer);
			if (!shown) return;
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
	function tell(frame) { details.textContent = frame.element.querySelector('title').textContent; }
	function point(frame) {
		at.element.classList.remove('at');
		at = frame;
		at.element.classList.add('at');
		tell(at);
	}
	function zoom(frame) { zoomed = frame; draw(); }
	function frameOf(event) {
		var element = event.target.closest && event.target.closest('.frame');
		return frames.filter(function (frame) { return frame.element === element; })[0];
	}
	function widest(some) {
		return some.reduce(function (best, frame) { return best && best.share >= frame.share ? best : frame; }, undefined);
	}
	function beside(step) {
		var level = frames.filter(function (frame) { return frame.depth === at.depth && isShown(frame); });
		level.sort(function (a, b) { return a.from - b.from; });
		return level[level.indexOf(at) + step];
	}
	function top(frame) { return Number(frame.element.querySelector('rect').getAttribute('y')); }
	var isTopDown = frames.length > 1 && top(frames[1]) > top(frames[0]);
	var moves = {
		inner: function () { return widest(frames.filter(function (frame) { return frame.depth === at.depth + 1 && holds(at, frame); })); },
		outer: function () { return frames.filter(function (frame) { return frame.depth === at.depth - 1 && holds(frame, at); })[0]; },
		ArrowLeft: function () { return beside(-1); },
		ArrowRight: function () { return beside(1); },
	};
	moves.ArrowUp = isTopDown ? moves.outer : moves.inner;
	moves.ArrowDown = isTopDown ? moves.inner : moves.outer;
	function search(wanted) {
		var until = -1, sum = 0;
		frames.forEach(function (frame) {
			frame.found = wanted !== '' && frame.depth > 0 && frame.name.toLowerCase().indexOf(wanted.toLowerCase()) >= 0;
			frame.element.classList.toggle('found', frame.found);
		});
		frames.filter(function (frame) { return frame.found; }).sort(function (a, b) { return a.from - b.from || a.depth - b.depth; }).forEach(function (frame) {
			if (frame.from < until - little) return;
			sum += frame.share;
			until = frame.from + frame.share;
		});
		say(wanted === '' ? '' : '"' + wanted + '" in ' + (100 * sum).toFixed(1) + '%');
	}
	function reset() {
		search('');
		if (frames.length === 0) return;
		at.element.classList.remove('at');
		at = frames[0];
		zoom(at);
	}
	svg.addEventListener('click', function (event) {
		var frame = frameOf(event);
		if (frame) { point(frame); zoom(frame); }
	});
	svg.addEventListener('mouseover', function (event) {
		var frame = frameOf(event);
		if (frame) tell(frame);
	});
	if (frames.length > 0) {
		svg.setAttribute('tabindex', '0');
		svg.addEventListener('keydown', function (event) {
			var to = moves[event.key] && moves[event.key]();
			if (event.key === 'Enter') zoom(at);
			else if (event.key === 'Escape') reset();
			else if (to) point(to);
			else return;
			event.preventDefault();
		});
	}
	return { search: search, reset: reset };
}
`;

/** Of a picture that is alone in its file. */
const wiring = `
	var graph = flameGraph(document.documentElement, function (text) { document.getElementById('found').textContent = text; });
	document.getElementById('reset').addEventListener('click', graph.reset);
	document.getElementById('search').addEventListener('click', function () { graph.search(window.prompt('Frames whose name has') || ''); });
`;
