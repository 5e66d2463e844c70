package sheet

import "strings"

// Batch is some consecutive rows of a sheet. They are read by one and may be laid out by another, so that no more than the
// reading itself has to be done one row after the other. A batch is filled again and again, and with it the memory of its
// rows. The zero value is empty.
type Batch struct {
	rows   []batched
	text   strings.Builder // of the rows that are lines
	fields []field         // of the lines, as they stand in the text
	laid   []Row           // the rows that are no lines
	used   int             // how many of them count
}

// batched is a row of a batch. Most rows of a CSV file are lines with a cell for every column and nothing odd.
type batched struct {
	number      int
	first, past int // its fields, if it is a line
	laid        int // which of the rows it is that the reader has laid out, -1 for a line
}

// batchText is how much text a batch takes, but for its last row. It becomes one string: fewer strings cost less, but a cell
// that somebody keeps holds so much of them.
const batchText = 28 << 10

// batchCells is how many bytes the rows of a batch may take that the reader has laid out, but for the last one: those of wide sheets
// and of long texts are few at a time.
const batchCells = 256 << 10

// lineRoom is for the last row of a batch, which stands in its text whole.
const lineRoom = 2 << 10

// Fill reads the next rows, at most so many. The error that ends the sheet may have rows before it.
func (b *Batch) Fill(in Reader, most int) error {
	b.rows, b.fields, b.used = b.rows[:0], b.fields[:0], 0
	b.text.Reset()
	ours, _ := in.(*reader)
	for cells := 0; len(b.rows) < most && b.text.Len() < batchText && cells < batchCells; {
		if ours != nil && ours.readLine(b) {
			continue
		}
		if b.used == len(b.laid) {
			b.laid = append(b.laid, Row{})
		}
		row := &b.laid[b.used]
		if err := in.Read(row); err != nil {
			return err
		}
		b.rows = append(b.rows, batched{number: row.Number, laid: b.used})
		b.used++
		cells += row.size()
	}
	return nil
}

// size is about how many bytes a row takes.
func (r *Row) size() int {
	const cell = 40 // without its texts
	n := len(r.Cells) * cell
	for i := range r.Cells {
		n += len(r.Cells[i].Text) + len(r.Cells[i].Raw)
	}
	return n
}

// Len is the number of rows.
func (b *Batch) Len() int { return len(b.rows) }

// Lay lays a row out, in the memory of the cells that row has. It is done once for every row.
func (b *Batch) Lay(i int, row *Row) {
	from := &b.rows[i]
	if from.laid >= 0 {
		*row, b.laid[from.laid] = b.laid[from.laid], *row
		return
	}
	text, fields := b.text.String(), b.fields[from.first:from.past]
	cells := row.Cells[:0]
	if cap(cells) < len(fields) {
		cells = make([]Cell, 0, len(fields))
	}
	cells = cells[:len(fields)]
	for n, f := range fields {
		value := text[f.begin:f.end]
		if striking(value) && isDamage(value) {
			cells[n] = textCell(value)
			continue
		}
		// Only what differs is written: storing texts is most of the work.
		cell := &cells[n]
		cell.Text, cell.Kind, cell.Damage = value, Text, DamageNone
		if cell.Raw != "" {
			cell.Raw = ""
		}
	}
	row.Number, row.Width, row.Cells = from.number, len(fields), cells
	row.ID, row.Mark, row.Hidden, row.Merged = "", "", false, false
}

// add adds the current line of a splitter, if it is one that can be laid out later.
func (b *Batch) add(split *splitter, width int) bool {
	if split.odd || len(split.fields) != width {
		return false
	}
	line, base := split.record(), int32(b.text.Len())
	first, filled := len(b.fields), false
	var seen quotes
	for _, f := range split.fields {
		seen |= f.quotes
		filled = filled || startsVisibly(line[f.begin:f.end])
		b.fields = append(b.fields, field{begin: base + f.begin, end: base + f.end})
	}
	if seen&twice != 0 || !filled {
		b.fields = b.fields[:first]
		return false
	}
	if b.text.Cap() == 0 {
		b.text.Grow(batchText + lineRoom)
	}
	b.text.Write(line)
	b.rows = append(b.rows, batched{number: split.start, first: first, past: len(b.fields), laid: -1})
	return true
}

// startsVisibly reports whether a text begins with a character of ASCII that can be seen.
func startsVisibly(text []byte) bool { return len(text) > 0 && text[0] > ' ' && text[0] < 0x7f }

// readLine adds the next row to a batch, if it is a line. If it reports false, the row is still to come.
func (r *reader) readLine(b *Batch) bool {
	records, ok := r.source.(*csvRecords)
	if !ok || r.info.Marked || r.ahead || r.err != nil {
		return false
	}
	split := records.split
	if !split.nextQuickly() {
		return false
	}
	records.block = "" // it does not hold the records to come any more
	if b.add(split, r.full) {
		return true
	}
	split.again()
	return false
}
