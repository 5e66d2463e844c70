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
	file := slog.NewJSONHandler(l.file, &slog.HandlerOptions{Level: slog.LevelInfo})
	l.Logger = slog.New(slog.NewMultiHandler(l.program.Handler(), file))
	return nil
}

// close ends the file.
func (l *runLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
