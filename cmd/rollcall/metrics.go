package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// metricsEvery is how often the file of a run that goes is replaced.
const metricsEvery = 5 * time.Second

// metricsFlag goes with every command that makes runs.
func metricsFlag() cli.Flag {
	return &cli.StringFlag{Name: "metrics-file", Usage: "keep figures of the run in `FILE`, for Prometheus (text format)"}
}

// meter keeps the figures of one command in a file.
type meter struct {
	path   string
	config string
	began  time.Time
	last   sync.LastEnd // of the command before
	warn   func(error)

	run   atomic.Pointer[sync.RunName]
	spent atomic.Pointer[func() sync.Spent]
	rows  map[sync.Status]*atomic.Int64

	stop, stopped chan struct{}
}

var _ sync.Meter = (*meter)(nil)

// metered makes a command keep its figures in a file, if --metrics-file says so. That the file cannot be written is a warning:
// the run goes on, and ends as it ends.
func (p *program) metered(action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		path := c.String("metrics-file")
		if path == "" {
			return action(c)
		}
		p.meter = newMeter(path, c.String("config"), func(err error) {
			fmt.Fprintln(p.err, "rollcall: the metrics cannot be written:", sync.Visible(err.Error(), ""))
		})
		go p.meter.loop()
		err := action(c)
		code := sync.ExitOf(err)
		if done := (*exitCode)(nil); errors.As(err, &done) {
			code = done.code
		}
		p.meter.end(code)
		return err
	}
}

// newMeter begins. What the file says of the last end still holds while this command runs.
func newMeter(path, config string, warn func(error)) *meter {
	m := &meter{path: path, config: config, began: time.Now(), warn: warn, rows: map[sync.Status]*atomic.Int64{},
		stop: make(chan struct{}), stopped: make(chan struct{})}
	if abs, err := filepath.Abs(config); err == nil {
		m.config = abs
	}
	if data, err := os.ReadFile(path); err == nil {
		m.last = sync.ReadLastEnd(string(data))
	}
	for _, status := range sync.Statuses() {
		m.rows[status] = &atomic.Int64{}
	}
	return m
}

// Begin notes which run it is.
func (m *meter) Begin(run sync.RunName, spent func() sync.Spent) {
	m.run.Store(&run)
	m.spent.Store(&spent)
}

// Counts notes what the plan has decided.
func (m *meter) Counts(counts sync.Counts) {
	for status, n := range counts {
		if row := m.rows[status]; row != nil {
			row.Store(int64(n))
		}
	}
}

// Row notes that a row has ended.
func (m *meter) Row(status sync.Status) {
	if row := m.rows[status]; row != nil && status != sync.NotAttempted {
		row.Add(1)
		m.rows[sync.NotAttempted].Add(-1)
	}
}

// loop replaces the file now and then until the command ends. A failure is told once.
func (m *meter) loop() {
	defer close(m.stopped)
	ticks := time.NewTicker(metricsEvery)
	defer ticks.Stop()
	warned := false
	for {
		if err := m.write(m.figures()); err != nil && !warned {
			warned = true
			m.warn(err)
		}
		select {
		case <-m.stop:
			return
		case <-ticks.C:
		}
	}
}

// end writes the figures of the end.
func (m *meter) end(code sync.Exit) {
	close(m.stop)
	<-m.stopped
	f := m.figures()
	f.Running = false
	f.Last.Known, f.Last.Code, f.Last.At = true, code, time.Now()
	if code == sync.ExitOK {
		f.Last.Success = f.Last.At
	}
	if err := m.write(f); err != nil {
		m.warn(err)
	}
}

// figures is how things stand.
func (m *meter) figures() *sync.Metrics {
	f := &sync.Metrics{Config: m.config, Running: true, Began: m.began, Took: time.Since(m.began), Rows: sync.Counts{}, Last: m.last}
	if run := m.run.Load(); run != nil {
		f.Run = *run
	}
	if spent := m.spent.Load(); spent != nil {
		f.Spent = (*spent)()
	}
	for status, n := range m.rows {
		f.Rows[status] = int(n.Load())
	}
	return f
}

// write replaces the file as a whole: who reads it sees the old figures or the new ones. Others may read it, for the program that
// collects it is another user's; there is nothing of the rows in it.
func (m *meter) write(f *sync.Metrics) error {
	temp, err := os.CreateTemp(filepath.Dir(m.path), "."+filepath.Base(m.path)+".*.tmp")
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(m.path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = f.WriteTo(temp)
	if err = errors.Join(err, temp.Chmod(mode), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), m.path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // there is nothing more to be done
	}
	return err
}
