package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// event is a request to the disk, or a promise that was made at that moment.
type event struct {
	op      op
	name    string
	data    []byte
	at      int64
	promise promise
	mark    []byte // what the mark said then
}

// platter is a disk that remembers in which order it was asked for what.
type platter struct {
	dir    string
	mu     sync.Mutex
	events []event
}

func (p *platter) request(o op, name string, data []byte, at int64) int32 {
	p.note(event{op: o, name: name, data: bytes.Clone(data), at: at})
	return sqlite3.SQLITE_OK
}

func (p *platter) told(what promise) { p.note(event{op: opAcknowledge, promise: what}) }

func (p *platter) note(e event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.mark, _ = os.ReadFile(filepath.Join(p.dir, "ledger.db-mark"))
	p.events = append(p.events, e)
}

// promises is what had been promised before event i.
func (p *platter) promises(i int) (made []promise) {
	for _, e := range p.events[:i] {
		if e.op == opAcknowledge {
			made = append(made, e.promise)
		}
	}
	return made
}

// fate decides what becomes of a piece of a write that was not synced when the power went.
type fate func() (kept bool)

// cut is the files as they are when the power goes before event i. What was synced is there; of the rest fate decides by
// the sector. The mark may be any that was written until then.
func (p *platter) cut(before files, i int, survives fate) files {
	now := maps.Clone(before)
	unsynced := map[string][]event{}
	for _, e := range p.events[:i] {
		switch e.op {
		case opSync:
			now[e.name] = settle(now[e.name], unsynced[e.name], func() bool { return true })
			delete(unsynced, e.name)
		case opWrite, opTruncate, opDelete:
			unsynced[e.name] = append(unsynced[e.name], e)
		}
	}
	for name, events := range unsynced {
		if now[name] = settle(now[name], events, survives); now[name] == nil {
			delete(now, name)
		}
	}
	for _, e := range slices.Backward(p.events[:i]) {
		if now["ledger.db-mark"] = e.mark; survives() {
			break
		}
	}
	return now
}

const sector = 512

// settle does to a file what survives of the events.
func settle(file []byte, events []event, survives fate) []byte {
	file = bytes.Clone(file)
	for _, e := range events {
		switch {
		case e.op == opDelete && survives():
			file = nil
		case e.op == opTruncate && survives():
			file = append(file, make([]byte, max(0, int(e.at)-len(file)))...)[:e.at]
		case e.op == opWrite:
			at := int(e.at)
			for piece := range slices.Chunk(e.data, sector) {
				if survives() {
					file = append(file, make([]byte, max(0, at+len(piece)-len(file)))...)
					copy(file[at:], piece)
				}
				at += len(piece)
			}
		}
	}
	return file
}

// powerCuts lets a run be recorded on a platter, cuts the power at many moments, and tells which promises were not kept.
// spoil may take something out of the ledger that it needs.
func powerCuts(t *testing.T, cuts int, spoil func(*ledger.Ledger, recorder) recorder) (broken []string) {
	t.Helper()
	const changes = 40
	ctx := t.Context()
	dir := planned(t, changes)
	before := readFiles(t, dir)
	p := &platter{dir: dir}
	watch(t, dir, p)
	l, err := ledger.Open(ctx, dir)
	must(t, err)
	must(t, l.Exec(ctx, "PRAGMA wal_autocheckpoint = 40")) // pages: several in this run
	own, err := l.Recorder(ctx, crashRun)
	must(t, err)
	r := spoil(l, own)
	must(t, laboured(ctx, r, all(t, l.Pending(ctx, contacts(), crashRun)), 3, p.told))
	must(t, r.Close())
	must(t, l.Close())
	return p.trials(t, before, cuts)
}

// trials cuts the power at so many moments, in several ways each, and tells what was lost.
func (p *platter) trials(t *testing.T, before files, cuts int) (lost []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(4, 2))
	moments := random.Perm(len(p.events))
	moments = append(moments[:min(cuts, len(moments))], len(p.events))
	image := newFolder(t)
	for _, i := range moments {
		for how, survives := range map[string]fate{
			"nothing unsynced survives":    func() bool { return false },
			"everything survives":          func() bool { return true },
			"some sectors survive":         func() bool { return random.IntN(2) == 0 },
			"most of the sectors survives": func() bool { return random.IntN(20) > 0 },
		} {
			p.cut(before, i, survives).put(t, image)
			gone, err := broken(t.Context(), image, p.promises(i))
			if err != nil {
				gone = append(gone, err.Error())
			}
			for _, g := range gone {
				lost = append(lost, fmt.Sprintf("power cut before event %d of %d, %s: %s", i, len(p.events), how, g))
			}
		}
	}
	t.Logf("%d power cuts in a run of %d events", 4*len(moments), len(p.events))
	return lost
}

func faithful(_ *ledger.Ledger, r recorder) recorder { return r }

// Whenever the power goes, and whatever the disk makes of what was not synced: what was promised is there, and a ledger that
// only lacks what was not promised is not refused.
func TestAPowerCutLosesNothingAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("many times the same on one goroutine: nothing for the race detector, which asks for the short run")
	}
	t.Parallel()
	for _, b := range powerCuts(t, 25, faithful) {
		t.Error(b)
	}
}

// At every event of the run.
func TestAPowerCutAtAnyMomentLosesNothingAcknowledgedLong(t *testing.T) {
	if !long() {
		t.Skip("ROLLCALL_LONG is not set")
	}
	t.Parallel()
	for range share(0, 1, 20) {
		for _, b := range powerCuts(t, share(0, 300, 1<<30), faithful) {
			t.Error(b)
		}
	}
}

// hasty is a recorder that does not wait for the disk.
type hasty struct {
	recorder
	group *sync.WaitGroup
}

func (h hasty) Intend(ctx context.Context, i push.Intent) error {
	h.group.Go(func() { _ = h.recorder.Intend(ctx, i) })
	return nil
}

func (h hasty) Close() error {
	h.group.Wait()
	return h.recorder.Close()
}

// The test above can fail: each of these ledgers breaks its promises.
func TestTheSuiteCatchesALedgerThatPowerCutsHarm(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*ledger.Ledger, recorder) recorder{
		"commits are not synced": func(l *ledger.Ledger, r recorder) recorder {
			must(t, l.Exec(t.Context(), "PRAGMA synchronous = off"))
			return r
		},
		"only checkpoints are synced": func(l *ledger.Ledger, r recorder) recorder {
			must(t, l.Exec(t.Context(), "PRAGMA synchronous = normal"))
			return r
		},
		"intents are not waited for": func(_ *ledger.Ledger, r recorder) recorder { return hasty{r, &sync.WaitGroup{}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(powerCuts(t, 12, spoil)) == 0 {
				t.Error("nothing was lost, so the test would not notice either")
			}
		})
	}
}
