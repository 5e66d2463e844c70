// Package plan decides, for every row of a sheet, what is to happen to it: create, update with the fields that differ,
// nothing, or not without a person. It reads what the API has through a [Finder] and never writes to it.
//
// A sheet is read twice. The first pass, [Planner.Survey], learns which parents and keys occur and which keys repeat; then
// [Planner.Fetch] lists what the API has; the second pass, [Planner.Decide], settles row after row. Only hashes of keys
// and the records that the API lists are kept in memory. Where rows name other rows ([Options.Links]) there is a pass in
// between, [Planner.Trace], and then [Planner.Relate] works out who waits for whom.
//
// First law of the pipeline: push does what the plan says and nothing else. One row's problem never stops a run; the
// guards ([Guards.Judge]) look at all rows together and do.
package plan

import (
	"context"
	"errors"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Mode says what a row without a match, and one with a match, means.
type Mode string

// The modes.
const (
	ModeUpsert Mode = "upsert" // none creates, one updates; the default
	ModeCreate Mode = "create" // a match is skipped
	ModeUpdate Mode = "update" // no match is rejected
	ModeUndo   Mode = "undo"   // rows are what records were before a run, and its bases are what that made of them; no job has it
)

// Found is a record as the API has it, its path fields included.
type Found struct {
	ID     string
	Record model.Record
	Stray  []string // values that no field stands for, and that an update which sends them whole would lose
}

// Finder is what planning needs to know of the API. An implementation retries what is safe to retry and returns an
// error only for trouble of the run.
type Finder interface {
	// List hands every record below parent to yield. It returns an error that wraps [ErrParentNotFound] or
	// [ErrParentForbidden] if the API says that there is no such parent, or keeps it from us. Several lists may be read at a time.
	List(ctx context.Context, parent model.Record, yield func(Found) error) error
	// Account finds out whether it is the account, rather than one parent, that the API refuses: then it returns that
	// as an error. It returns [ErrInconclusive] if the API offers no way to tell.
	Account(ctx context.Context) error
	// Get reads one record below parent. It reports false if the API says that there is none, and an error that wraps
	// [ErrParentForbidden] if the API keeps it from us, or [ErrUnfitID] if it refuses to look for such an id.
	Get(ctx context.Context, id string, parent model.Record) (Found, bool, error)
}

// What a Finder can say of a parent and of the account.
var (
	ErrParentNotFound  = errors.New("parent not found")
	ErrParentForbidden = errors.New("parent not accessible")
	ErrUnfitID         = errors.New("the API does not take that for an id")
	ErrInconclusive    = errors.New("the API does not say whether the account is accessible")
	ErrAccount         = errors.New("the API refuses the account")
)

// Options say how rows are decided.
type Options struct {
	Resource *model.Resource
	Mode     Mode
	Key      []string                  // dotted names of the key fields
	Known    map[string]string         // keys that we created before, and their ids
	Recreate bool                      // create again what we created and is gone
	ColumnOf func(field string) string // header of the column that fills a field
	Links    []Link                    // fields that the sheet gives by the names of other records, or rows, of the resource
	Workers  int                       // parents that are listed at a time, default 1

	Bases      Bases  // on what sheet and API last agreed; nil if nobody knows
	Exported   Bases  // what the sheet was exported with; nil if it was not
	Undone     Bases  // what undos have put back since; nil if there were none
	OnConflict Policy // "" is OnConflictHold
}

// Tally is what a plan amounts to; the guards judge it.
type Tally struct {
	Read    int
	Invalid int
	Matched int // rows that found their record
	Creates int
	Updates int
	Unseen  int // updates of nothing but fields that the API does not show
	Skipped int // rows that say so themselves
	Waiting int // creates and updates that wait for the record of another row
}

// Planner holds what is known while a sheet is planned. It is used by one goroutine.
type Planner struct {
	opts    Options
	model   *model.Model
	key     []int // fields of the identity key
	parents []int // path fields below which records are listed
	surveyed
	remote  map[string]*listing // by parent
	records *shelf
	named   naming                  // which listed records the sheet names
	created map[string][]string     // ids that we created, and the keys by which alone rows lead to them
	sent    map[string]model.Record // what was last sent, by id
	hidden  map[int]bool            // fields that no record shows
	tally   Tally
}

// surveyed is what the first pass has learned of the sheet.
type surveyed struct {
	keys   *Keys
	order  []model.Record // parents in the order of the sheet
	family *family        // nil if no row names another
}

// listing is what became of asking for the records of one parent.
type listing struct{ problem string }

// New is a Planner. opts.Key must name fields of the model.
func New(opts Options) *Planner {
	keys := NewKeys()
	p := &Planner{
		opts: opts, model: opts.Resource.Model, surveyed: surveyed{keys: keys}, records: newShelf(keys.hash),
		remote: map[string]*listing{}, created: map[string][]string{},
	}
	for _, name := range opts.Key {
		p.key = append(p.key, p.model.Index(name))
	}
	for _, name := range opts.Resource.Parents {
		p.parents = append(p.parents, p.model.Index(name))
	}
	if len(opts.Links) > 0 {
		p.family = newFamily(p.model, opts.Links)
	}
	return p
}

// Survey is the first pass: it notes the parent and the key of a candidate. Rows that are invalid already, or that the
// sheet itself skips, take no part.
func (p *Planner) Survey(c *mapping.Candidate) {
	p.keys.Note(c)
	p.ask(c)
	if !takesPart(c) {
		return
	}
	parent := p.parentKey(c.Record)
	if p.remote[parent] == nil {
		p.remote[parent] = &listing{}
		p.order = append(p.order, p.parentOf(c.Record))
	}
	switch {
	case p.mode(c) == ModeCreate: // leaves what it finds alone
	case c.ID != "":
		p.keys.lead("id", c.ID)
	default:
		p.keys.lead("key", c.Key)
	}
}

// mode is the mode of the job, unless the row has its own.
func (p *Planner) mode(c *mapping.Candidate) Mode {
	if c.Action != "" {
		return Mode(c.Action)
	}
	return p.opts.Mode
}

// Parents is how many listings Fetch will ask for.
func (p *Planner) Parents() int { return len(p.order) }

// noteCreated notes which records are found by a key under which we created them, because no record is listed with it.
func (p *Planner) noteCreated() {
	for key, id := range p.opts.Known {
		if p.keys.leads("key", key) && !p.records.isKeyed(key) {
			p.created[id] = append(p.created[id], key)
		}
	}
}

// index takes in a record. Pages that shift while they are read may show a record twice; it counts once.
func (p *Planner) index(f Found) int {
	if i, known := p.records.find(f.ID); known {
		return i
	}
	return p.records.add(&f, p.keyOf(f.Record))
}

// keyOf is the normalised key of a record, "" if a part is blank.
func (p *Planner) keyOf(r model.Record) string { return mapping.Key(p.key, r) }

// parentOf is the path fields of a record, and nothing else.
func (p *Planner) parentOf(r model.Record) model.Record {
	parent := p.model.NewRecord()
	for _, i := range p.parents {
		parent[i] = r[i]
	}
	return parent
}

// parentKey names a parent.
func (p *Planner) parentKey(r model.Record) string {
	key := ""
	for _, i := range p.parents {
		key += r[i].Text + "\x1f"
	}
	return key
}

// Unshown is the fields among wanted that no record of the API shows, and those that some record shows in a form of which
// nobody can tell what it stands for. A field that one record shows and another does not is empty there: many APIs leave
// out what is empty.
func (p *Planner) Unshown(wanted []int) []int {
	p.hidden = map[int]bool{}
	shown, odd := make([]bool, len(p.model.Fields)), make([]bool, len(p.model.Fields))
	for _, f := range p.records.all() {
		for _, i := range wanted {
			v := f.Record[i]
			shown[i] = shown[i] || v.Known()
			odd[i] = odd[i] || v.Known() && !p.model.Fields[i].Fits(v)
		}
	}
	var unshown []int
	for _, i := range wanted {
		p.hidden[i] = !shown[i] && p.records.len() > 0
		if p.hidden[i] || odd[i] {
			unshown = append(unshown, i)
		}
	}
	return unshown
}

// Hides reports whether no record shows a field, of those that Unshown was asked about.
func (p *Planner) Hides(field int) bool { return p.hidden[field] }

// Remember tells what was last sent to records, by id, for fields that the API does not show.
func (p *Planner) Remember(sent map[string]model.Record) { p.sent = sent }

// Knows reports whether a record with that id was there when the API was listed.
func (p *Planner) Knows(id string) bool {
	_, yes := p.records.find(id)
	return yes
}

// Tally is what has been decided so far.
func (p *Planner) Tally() Tally { return p.tally }
