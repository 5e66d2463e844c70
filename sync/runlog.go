package sync

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// runLogFile is the structured log of a run, in its folder.
const runLogFile = "run.log"

// runLog logs to the program's log and, once there is a run, to its file.
type runLog struct {
	*slog.Logger
	program *slog.Logger
	alone   *slog.Logger // the file's, nil before there is one
	file    *os.File
}

// newRunLog is a log without a file yet.
func newRunLog(program *slog.Logger) *runLog { return &runLog{Logger: program, program: program} }

// open begins the file, or goes on with it.
func (l *runLog) open(dir string) (err error) {
	l.file, err = os.OpenFile(filepath.Join(dir, runLogFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the run's log: %w", err)
	}
	file := NewLogHandler(l.file, "json", slog.LevelInfo)
	l.Logger = slog.New(slog.NewMultiHandler(l.program.Handler(), file))
	l.alone = slog.New(file)
	return nil
}

// close ends the file.
func (l *runLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// noting keeps in the file what a person was told on the way: why a run waited, what stays in doubt. On a screen it is gone by the
// morning.
type noting struct {
	Progress
	log *runLog
}

// Note shows and keeps one line.
func (n noting) Note(text string) {
	n.Progress.Note(text)
	if n.log.alone != nil {
		n.log.alone.Info("note", "text", text)
	}
}

// Stage begins a stage, and keeps when.
func (n noting) Stage(name string, total int) {
	n.Progress.Stage(name, total)
	if n.log.alone != nil {
		n.log.alone.Info("stage", "name", name, "steps", total)
	}
}
