package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// InitOptions says what a job file is proposed for.
type InitOptions struct {
	Source     Source            // the sheet as the command line names it, and what overrides detection
	Target     string            // such as cro/contact; the target alone means its first resource
	TargetFile string            // a target file to look in instead of the embedded ones
	Output     string            // path of the job file, from which its own paths start; "" for the working folder
	BaseURL    string            // origin of the API, "" for the target's
	Account    map[string]string // account settings that are known
	Ask        func(Question) (Answer, error)
	Progress   Progress
}

// Proposal is a job file that Init proposes, and what it rests on.
type Proposal struct {
	Target  string           `json:"target"`
	File    string           `json:"file"` // the sheet
	Rows    int              `json:"rows"`
	Columns []ProposedColumn `json:"columns"` // in the order of the sheet
	Open    int              `json:"open"`    // choices that are left open, those beside the columns included
	Text    []byte           `json:"-"`       // the job file
	Next    string           `json:"-"`       // command, once all choices are made
}

// ProposedColumn is what is proposed for one column of the sheet.
type ProposedColumn struct {
	Column  string          `json:"column"`
	Field   string          `json:"field"` // "" if it is left open or ignored; "id" for the ids of the records
	By      string          `json:"by"`    // how it was recognised: exact, normalised, alias, similar, chosen by a person, or -
	Score   float64         `json:"score"`
	Rivals  []ProposedRival `json:"rivals"` // what else it may be
	Ignored bool            `json:"ignored"`
}

// ProposedRival is a field that a column may stand for.
type ProposedRival struct {
	Field string  `json:"field"`
	By    string  `json:"by"`
	Score float64 `json:"score"`
}

// Init reads a sheet once and proposes a job file that takes it into a resource. It sends nothing and writes nothing. What the
// headers and the cells do not prove is left open, marked "?", unless opts.Ask answers it.
func Init(ctx context.Context, opts InitOptions) (p *Proposal, err error) {
	defer func() { err = cause(ctx, err) }()
	defer opts.Progress.End()
	d, err := newDraft(opts)
	if err != nil {
		return nil, err
	}
	if err := d.read(ctx); err != nil {
		return nil, err
	}
	d.noteSheet()
	d.propose()
	if err := d.askColumns(); err != nil {
		return nil, err
	}
	if err := d.askNeeds(); err != nil {
		return nil, err
	}
	d.conclude()
	if err := d.askRest(); err != nil {
		return nil, err
	}
	p = d.proposal()
	if err := d.verify(p.Text); err != nil {
		return nil, err
	}
	return p, nil
}

// draft is a job file in the making.
type draft struct {
	opts      InitOptions
	target    *model.Target
	resource  *model.Resource
	elsewhere map[string]string

	info      sheet.Info
	hints     []string // what a person should know of the sheet
	headerWhy string   // why the header is in the row where it is, "" if it is the first one
	survey    *mapping.Survey
	columns   []*draftColumn
	name      *draftName  // two columns that are one name, nil if there are none
	keys      []*draftKey // what may identify a record, the likeliest first
	key       *draftKey   // what does, nil while it is open

	account   []*draftValue
	constants []*draftValue
	custom    []*draftValue // ids of custom fields
}

// draftValue is a setting with its value, "" for one that is left open.
type draftValue struct {
	name, value string
	note        string
	number      bool
}

// newDraft finds the resource and checks what the command line says about it.
func newDraft(opts InitOptions) (*draft, error) {
	d := &draft{opts: opts}
	for _, input := range []string{opts.Source.File, opts.TargetFile} {
		if sameFile(opts.Output, input) {
			return nil, fmt.Errorf("%w: %s is what the job file is made from; write to another file", ErrUsage, opts.Output)
		}
	}
	var err error
	if d.target, d.resource, err = resourceOf(opts.Target, opts.TargetFile); err != nil {
		return nil, err
	}
	if err := checkOrigin(opts.BaseURL); err != nil {
		return nil, fmt.Errorf("%w: --base-url: %w", ErrUsage, err)
	}
	d.elsewhere = d.target.Elsewhere(d.resource.Name)
	for _, name := range slices.Sorted(maps.Keys(opts.Account)) {
		if !isOneOf(d.target.Settings, name) {
			var names []string
			for _, s := range d.target.Settings {
				names = append(names, s.Name)
			}
			return nil, fmt.Errorf("%w: %s has no account setting %q; it has %s", ErrUsage, d.target.Title, name, strings.Join(names, ", "))
		}
	}
	for _, s := range d.target.Settings {
		v := &draftValue{name: s.Name, value: strings.TrimSpace(opts.Account[s.Name]), number: s.Kind == model.Integer, note: "which account of " + d.target.Title + " the sheet goes into"}
		if err := v.check(v.value); v.value != "" && err != nil {
			return nil, fmt.Errorf("%w: --account: %w", ErrUsage, err)
		}
		if v.value != "" || s.Required {
			d.account = append(d.account, v)
		}
	}
	return d, nil
}

// checkOrigin refuses what is no address of an API. What stands in front of an @ may be a password, so it is not repeated.
func checkOrigin(text string) error {
	if text == "" {
		return nil
	}
	if strings.ContainsAny(text, "@?#") {
		return errors.New("no user, query or fragment may be in it")
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("%q is no address of an API; write it as in https://api.example.com", text)
	}
	return nil
}

// check refuses a value that the setting cannot have.
func (v *draftValue) check(text string) error {
	const most = 18 // digits
	if v.number && (text == "" || len(text) > most || strings.Trim(text, "0123456789") != "" || len(text) > 1 && text[0] == '0') {
		return fmt.Errorf("%s must be a whole number", v.name)
	}
	if text == mapping.Undecided {
		return fmt.Errorf("%s: %s marks what is left open; leave it out instead", v.name, text)
	}
	return nil
}

// read matches the headers and surveys all rows.
func (d *draft) read(ctx context.Context) error {
	in, err := d.openSource(ctx)
	if err != nil {
		return err
	}
	d.info = in.Info()
	d.addColumns(in.Header())
	d.findName(in.Header())
	d.watchKeys()
	d.survey = mapping.NewSurvey(len(in.Header()), d.watched()...)
	return errors.Join(d.readRows(ctx, in), in.Close())
}

// readRows reads every row once.
func (d *draft) readRows(ctx context.Context, in sheet.Reader) error {
	d.opts.Progress.Stage("reading", -1)
	defer d.opts.Progress.End()
	var row sheet.Row
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := in.Read(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		d.survey.Add(&row)
		d.opts.Progress.Step()
	}
}

// noteSheet says what the sheet turned out to be, in the words of the command line.
func (d *draft) noteSheet() {
	flags := strings.NewReplacer("source.sheet", "--sheet", "set header_row", "set --header-row", "set the encoding", "set --encoding")
	d.opts.Progress.Note(describeSheet(d.info))
	for _, notice := range slices.Concat(d.info.Notices, d.hints) {
		d.opts.Progress.Note(flags.Replace(notice))
	}
}

// verify holds the proposed text to what every job file is held to.
func (d *draft) verify(text []byte) error {
	path := d.opts.Output
	if path == "" {
		path = "config.yaml"
	}
	_, err := parseJob(path, text, "")
	if err != nil && !errors.Is(err, ErrUndecided) {
		return fmt.Errorf("no job file can be proposed for %s: %w", d.resource.Model.Name(), err)
	}
	return nil
}

// beside is a path as the job file names it: relative to its own folder, if it can be.
func (d *draft) beside(path string) string {
	from, err := filepath.Abs(filepath.Dir(d.opts.Output))
	if err != nil {
		return path
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		return filepath.ToSlash(rel)
	}
	return to
}

// proposal is the draft as it is handed out.
func (d *draft) proposal() *Proposal {
	p := &Proposal{Target: d.resource.Model.Name(), File: d.opts.Source.File, Rows: d.survey.Rows, Open: d.open()}
	for _, c := range d.columns {
		out := ProposedColumn{Column: c.header, Field: c.field, By: mapping.NotRecognised.String(), Rivals: []ProposedRival{}, Ignored: c.ignored}
		switch {
		case c.isID:
			out.Field, out.By, out.Score = "id", mapping.ByAlias.String(), 1
		case c.acts:
			out.Field, out.By, out.Score = "source.action_column", mapping.ByAlias.String(), 1
		case c.field != "":
			out.By, out.Score = c.match.By.String(), hundredths(c.match.Score)
		}
		if c.chosen {
			out.By, out.Score = byPerson, 1
		}
		for _, r := range c.match.Rivals {
			out.Rivals = append(out.Rivals, ProposedRival{r.Field, r.By.String(), hundredths(r.Score)})
		}
		p.Columns = append(p.Columns, out)
	}
	p.Text, p.Next = d.text(), "rollcall validate"
	if out := d.opts.Output; out != "" && out != "config.yaml" {
		p.Next = "rollcall -c " + quote(out) + " validate"
	}
	return p
}

// hundredths is a score as people compare it.
func hundredths(score float64) float64 { return math.Round(score*100) / 100 }

// open is how many choices are left open.
func (d *draft) open() int {
	n := 0
	for _, v := range slices.Concat(d.account, d.constants, d.custom) {
		if v.value == "" {
			n++
		}
	}
	for _, c := range d.columns {
		if c.isOpen() || c.reading.Option != "" {
			n++
		}
	}
	if d.key == nil {
		n++
	}
	return n
}
