import { flameScript } from '../session/flame-svg.ts';

/** What a report does in a browser. It is not needed to read it, and what it shows goes into the page as text only. */
export const pageScript = `
(function () {
	'use strict';
	function valueOf(cell) {
		var raw = cell.getAttribute('data-v');
		return raw === null ? cell.textContent : raw;
	}
	function isMissing(text) { return text === '' || text === '-'; }
	function sortBy(table, column, isNumber, down) {
		var body = table.tBodies[0];
		var rows = [].slice.call(body.rows).map(function (row, place) {
			var text = valueOf(row.cells[column]);
			return { row: row, place: place, text: text, number: Number(text) };
		});
		rows.sort(function (a, b) {
			if (isMissing(a.text) || isMissing(b.text)) return isMissing(a.text) - isMissing(b.text) || a.place - b.place;
			var order = isNumber ? a.number - b.number : a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
			return (down ? -order : order) || a.place - b.place;
		});
		rows.forEach(function (each) { body.appendChild(each.row); });
	}
	[].forEach.call(document.querySelectorAll('table.sortable'), function (table) {
		var heads = [].slice.call(table.tHead.rows[0].cells);
		heads.forEach(function (head, column) {
			var isNumber = head.classList.contains('n');
			var button = document.createElement('button');
			button.type = 'button';
			button.textContent = head.textContent;
			head.textContent = '';
			head.appendChild(button);
			button.addEventListener('click', function () {
				var now = head.getAttribute('aria-sort');
				var down = now === null ? isNumber : now === 'ascending';
				heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
				head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
				sortBy(table, column, isNumber, down);
			});
		});
	});
	${flameScript}
	[].forEach.call(document.querySelectorAll('.flames'), function (holder) {
		var bar = document.createElement('div');
		var all = document.createElement('button');
		var field = document.createElement('input');
		var found = document.createElement('span');
		bar.className = 'flamebar';
		all.type = 'button';
		all.textContent = 'Show all';
		field.type = 'search';
		field.placeholder = 'Search frames';
		field.setAttribute('aria-label', 'Search frames');
		found.setAttribute('role', 'status');
		bar.append(all, field, found);
		holder.insertBefore(bar, holder.firstChild);
		var graph = flameGraph(holder.querySelector('svg'), function (text) { found.textContent = text; });
		all.addEventListener('click', function () { field.value = ''; graph.reset(); });
		field.addEventListener('input', function () { graph.search(field.value); });
	});
	window.addEventListener('beforeprint', function () {
		[].forEach.call(document.querySelectorAll('details'), function (each) { each.open = true; });
	});
})();
`;
