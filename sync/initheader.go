package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

const (
	peekRows   = 20 // among which the header is looked for
	peekSheets = 20 // worksheets that are looked at
	sureNames  = 3  // names of fields that make a row the header, if what stands above is a title
)

// peek is the beginning of a worksheet.
type peek struct {
	info sheet.Info
	rows []peekRow
}

// peekRow is a row that may be the header.
type peekRow struct {
	number int
	cells  []string
	mapping.HeaderEvidence
}

// openSource opens the sheet at its header. Which worksheet it is in and which row it is, the command line says or the cells
// prove; else a person is asked.
func (d *draft) openSource(ctx context.Context) (sheet.Reader, error) {
	in, err := sheet.Open(d.opts.Source.File, d.options())
	if err != nil || d.opts.Source.HeaderRow > 0 && d.opts.Source.Sheet != "" {
		return in, err
	}
	const enough = 2
	if h := mapping.JudgeHeader(d.resource.Model, in.Header()); h.Known >= enough && 2*h.Known >= h.Filled || in.Info().Marked {
		return in, nil
	}
	p, err := d.peekInto(ctx, in)
	if err != nil {
		return nil, err
	}
	if d.opts.Source.Sheet == "" && p.poor() {
		if p, err = d.chooseSheet(ctx, p); err != nil {
			return nil, err
		}
	}
	if d.opts.Source.HeaderRow == 0 {
		if err := d.chooseHeader(p); err != nil {
			return nil, err
		}
	}
	return sheet.Open(d.opts.Source.File, d.options())
}

// options is how the sheet is opened.
func (d *draft) options() sheet.Options {
	s := d.opts.Source
	return sheet.Options{Sheet: s.Sheet, HeaderRow: s.HeaderRow, Delimiter: s.Delimiter, Quote: s.Quote, Encoding: s.Encoding}
}

// peekInto reads the beginning of a sheet and closes it.
func (d *draft) peekInto(ctx context.Context, in sheet.Reader) (*peek, error) {
	p := &peek{info: in.Info()}
	p.add(d, p.info.HeaderRow, in.Header())
	var row sheet.Row
	for len(p.rows) < peekRows && ctx.Err() == nil {
		err := in.Read(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, in.Close())
		}
		p.add(d, row.Number, row.Texts())
	}
	return p, errors.Join(ctx.Err(), in.Close())
}

// add takes one more row.
func (p *peek) add(d *draft, number int, cells []string) {
	p.rows = append(p.rows, peekRow{number, cells, mapping.JudgeHeader(d.resource.Model, cells)})
}

// best is the row with the most names of fields, the first one of several.
func (p *peek) best() int {
	best := 0
	for i := range p.rows {
		if p.rows[i].Known > p.rows[best].Known {
			best = i
		}
	}
	return best
}

// poor reports whether there is nothing in the worksheet for the resource: no row below the names, or no name that is known.
func (p *peek) poor() bool {
	best := p.best()
	return p.rows[best].Known == 0 || best == len(p.rows)-1
}

// String is the row as a person knows it again.
func (r *peekRow) String() string {
	const most = 4
	var names []string
	for _, cell := range r.cells {
		if text := strings.Join(strings.Fields(cell), " "); text != "" {
			names = append(names, text)
		}
	}
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return fmt.Sprintf("row %d: %s", r.number, strings.Join(names, " · "))
}

// chooseSheet looks for a worksheet that fits the resource better than the one that p is of. A person says whether it is
// meant; if there is nobody to ask it is only told.
func (d *draft) chooseSheet(ctx context.Context, p *peek) (*peek, error) {
	better := p
	for _, name := range p.info.Sheets[:min(len(p.info.Sheets), peekSheets)] {
		options := d.options()
		if options.Sheet = name; name == p.info.Sheet {
			continue
		}
		in, err := sheet.Open(d.opts.Source.File, options)
		if err != nil {
			continue // it is not the one that is read
		}
		other, err := d.peekInto(ctx, in)
		if err != nil {
			return nil, err
		}
		if !other.poor() && (better.poor() || other.rows[other.best()].Known > better.rows[better.best()].Known) {
			better = other
		}
	}
	if better == p {
		return p, nil
	}
	row := &better.rows[better.best()]
	fits := fmt.Sprintf("sheet %q fits better: %d of its %d columns are known", better.info.Sheet, row.Known, row.Filled)
	a, err := d.ask(Question{
		About: "Worksheet", Details: []string{fmt.Sprintf("nothing in the first one, %q, is known", p.info.Sheet)},
		Options: []string{fmt.Sprintf("%q, %s", better.info.Sheet, row), fmt.Sprintf("%q, %s", p.info.Sheet, &p.rows[0])},
	})
	if a.Option == 1 {
		d.opts.Source.Sheet = better.info.Sheet
		return better, err
	}
	if a.Option == 0 {
		d.hint("%s; choose it with --sheet %s", fits, quote(better.info.Sheet))
	}
	return p, err
}

// chooseHeader finds the row of the column names. It is the first one, unless that is a title above a row whose names are
// known. Where it may be either, and where there seems to be none, a person has to say.
func (d *draft) chooseHeader(p *peek) error {
	first, best := &p.rows[0], &p.rows[p.best()]
	refuse := func(reason, remedy string) error {
		return &sheet.Error{File: d.opts.Source.File, Reason: reason, Remedy: remedy}
	}
	const likely = 2
	switch {
	case best.Known > first.Known && first.Filled == 1 && best.Known >= sureNames:
		d.opts.Source.HeaderRow = best.number
		d.headerWhy = fmt.Sprintf("%d of its %d names are known; row %d is taken for a title", best.Known, best.Filled, first.number)
		d.hint("row %d is taken for the header: %s", best.number, d.headerWhy)
	case best.Known > first.Known && best.Known >= likely:
		rows := []*peekRow{best, first}
		a, err := d.ask(Question{About: "Header", Details: []string{"which row has the names of the columns?"}, Options: []string{best.String(), first.String()}})
		if err != nil {
			return err
		}
		if a.Option == 0 {
			return refuse(fmt.Sprintf("row %d or row %d may be the header: of their names %d and %d are known", first.number, best.number, first.Known, best.Known),
				fmt.Sprintf("say --header-row %d or --header-row %d", best.number, first.number))
		}
		d.opts.Source.HeaderRow, d.headerWhy = rows[a.Option-1].number, byPerson
	case first.Known == 0 && first.Data != "":
		return refuse(fmt.Sprintf("row %d has no names of columns: %q is data", first.number, first.Data),
			fmt.Sprintf("put a row of names above it, or say --header-row %d if these are the names", first.number))
	}
	return nil
}

// hint keeps what a person should know of the sheet, each thing once.
func (d *draft) hint(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(d.hints, text) {
		d.hints = append(d.hints, text)
	}
}
