package sync

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// pagesName is the file of an export's pages in its run's folder. It goes when the export is finished.
const pagesName = "pages.jsonl"

// pageFile is the pages of an export as they came, on the disk before the next one is asked for. It is private and lies in the
// run's folder. In memory are only the ids of the records.
type pageFile struct {
	path    string
	file    *os.File
	model   *model.Model
	stops   []stop
	stop    int         // that is being read
	mark    remote.Mark // how far
	seen    map[string]bool
	ids     map[string]bool // of all records
	shown   []bool          // by field: some record shows it
	records int
	refused []string // lists that the API kept from us, and why
}

// pageLine is a line of the file: what is to be read, or a page.
type pageLine struct {
	Stops   []stop       `json:"stops,omitempty"` // of the first line
	Stop    int          `json:"stop"`
	Mark    remote.Mark  `json:"mark"`
	Refused string       `json:"refused,omitempty"`
	Records []pageRecord `json:"records,omitempty"`
}

// pageRecord is a record by the names under which the ledger keeps its fields.
type pageRecord struct {
	ID     string               `json:"id"`
	Fields map[string][2]string `json:"fields"` // kind and text
	Stray  []string             `json:"stray,omitempty"`
}

// newPageFile begins the file.
func newPageFile(dir string, m *model.Model, stops []stop) (*pageFile, error) {
	p := blankPageFile(dir, m)
	p.stops = stops
	var err error
	if p.file, err = os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("keep the pages: %w", err)
	}
	return p, p.write(&pageLine{Stops: stops})
}

func blankPageFile(dir string, m *model.Model) *pageFile {
	return &pageFile{path: filepath.Join(dir, pagesName), model: m, seen: map[string]bool{}, ids: map[string]bool{}, shown: make([]bool, len(m.Fields))}
}

// openPageFile goes on with the file of an export that was interrupted. A line that a crash has cut is read again from the API.
func openPageFile(dir string, m *model.Model) (p *pageFile, err error) {
	p = blankPageFile(dir, m)
	if p.file, err = os.OpenFile(p.path, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("go on with the pages of the export: %w; export again", err)
	}
	whole := int64(0)
	for line, err := range p.lines(&whole) {
		if err != nil {
			return nil, errors.Join(err, p.file.Close())
		}
		if p.stops == nil {
			p.stops = line.Stops
			continue
		}
		p.note(line)
	}
	if p.stops == nil {
		return nil, errors.Join(fmt.Errorf("%s says nothing: export again", p.path), p.file.Close())
	}
	err = p.file.Truncate(whole)
	if err == nil {
		_, err = p.file.Seek(whole, io.SeekStart)
	}
	return p, err
}

// begin is where a list goes on, and the ids that are seen in it. Lists are read one after the other.
func (p *pageFile) begin(stop int) (remote.Mark, map[string]bool) {
	if stop != p.stop {
		p.stop, p.mark, p.seen = stop, remote.Mark{}, map[string]bool{}
	}
	return p.mark, p.seen
}

// has reports whether a record is there already: records may come in several lists.
func (p *pageFile) has(id string) bool { return p.ids[id] }

// add keeps a page.
func (p *pageFile) add(stop int, page []plan.Found, m remote.Mark) error {
	line := pageLine{Stop: stop, Mark: m}
	for i := range page {
		line.Records = append(line.Records, p.encode(&page[i]))
	}
	if err := p.write(&line); err != nil {
		return err
	}
	p.note(&line)
	return nil
}

// refuse keeps that the API does not give a list.
func (p *pageFile) refuse(stop int, why string) error {
	line := pageLine{Stop: stop, Refused: why}
	if err := p.write(&line); err != nil {
		return err
	}
	p.note(&line)
	return nil
}

// note takes a line in.
func (p *pageFile) note(line *pageLine) {
	p.begin(line.Stop)
	p.mark = line.Mark
	for i := range line.Records {
		r := &line.Records[i]
		p.seen[r.ID] = true
		if p.ids[r.ID] {
			continue
		}
		p.ids[r.ID] = true
		p.records++
		for name := range r.Fields {
			if f := p.model.Index(name); f >= 0 {
				p.shown[f] = true
			}
		}
	}
	if line.Refused != "" {
		p.refused = append(p.refused, line.Refused)
	}
	if line.Refused != "" || line.Mark.Next == "" { // that list is done
		p.stop, p.mark, p.seen = line.Stop+1, remote.Mark{}, map[string]bool{}
	}
}

// write adds a line, and returns when it is on the disk.
func (p *pageFile) write(line *pageLine) error {
	data, err := json.Marshal(line)
	if err == nil {
		_, err = fmt.Fprintf(p.file, "%08x %s\n", crc32.ChecksumIEEE(data), data)
	}
	if err == nil {
		err = p.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("keep a page: %w", err)
	}
	return nil
}

// lines reads the file from its beginning, and tells how much of it is whole. It ends at a line that is not.
func (p *pageFile) lines(whole *int64) iter.Seq2[*pageLine, error] {
	return func(yield func(*pageLine, error) bool) {
		r := bufio.NewReaderSize(io.NewSectionReader(p.file, 0, 1<<62), 1<<16)
		for {
			text, err := r.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read the pages: %w", err))
				return
			}
			line, sum := &pageLine{}, uint32(0)
			if _, err := fmt.Sscanf(string(text[:min(len(text), 8)]), "%x", &sum); err != nil || len(text) < 10 ||
				crc32.ChecksumIEEE(text[9:len(text)-1]) != sum || json.Unmarshal(text[9:], line) != nil {
				return
			}
			*whole += int64(len(text))
			if !yield(line, nil) {
				return
			}
		}
	}
}

// all reads every record once, in the order in which they came.
func (p *pageFile) all() iter.Seq2[plan.Found, error] {
	return func(yield func(plan.Found, error) bool) {
		given, whole := make(map[string]bool, len(p.ids)), int64(0)
		for line, err := range p.lines(&whole) {
			if err != nil {
				yield(plan.Found{}, err)
				return
			}
			for i := range line.Records {
				if r := &line.Records[i]; !given[r.ID] {
					given[r.ID] = true
					if !yield(p.decode(r), nil) {
						return
					}
				}
			}
		}
		if len(given) != p.records {
			yield(plan.Found{}, fmt.Errorf("%s has %d records of %d: export again", p.path, len(given), p.records))
		}
	}
}

func (p *pageFile) encode(f *plan.Found) pageRecord {
	r := pageRecord{ID: f.ID, Fields: map[string][2]string{}, Stray: f.Stray}
	for i, v := range f.Record {
		if v.Known() {
			r.Fields[p.model.Fields[i].Stored()] = [2]string{v.Kind.String(), v.Text}
		}
	}
	return r
}

func (p *pageFile) decode(r *pageRecord) plan.Found {
	f := plan.Found{ID: r.ID, Record: p.model.NewRecord(), Stray: r.Stray}
	for i := range f.Record {
		stored, known := r.Fields[p.model.Fields[i].Stored()]
		for kind := model.Null; known && kind <= model.Date; kind++ {
			if kind.String() == stored[0] {
				f.Record[i] = model.Value{Kind: kind, Text: stored[1]}
			}
		}
	}
	return f
}

// close lets go of the file; it stays.
func (p *pageFile) close() error {
	if p == nil || p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file = nil
	return err
}

// remove removes the file of an export that is finished.
func (p *pageFile) remove() error { return errors.Join(p.close(), os.Remove(p.path)) }
