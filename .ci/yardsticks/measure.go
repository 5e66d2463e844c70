package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// subject is a program that is measured.
type subject struct {
	name string
	args []string
	exit int    // code with which it ends if all is well
	wipe string // folder that is removed before each turn, "" for none
}

// figures is what one turn took.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // most memory, in KiB
}

// turn runs a subject once, in a process of its own. Its memory is that of the process: ours must be small, because Linux counts
// what a process was before it became another program.
func (s *subject) turn() (figures, error) {
	if s.wipe != "" {
		if err := os.RemoveAll(s.wipe); err != nil {
			return figures{}, err
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.Stderr = &said
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == s.exit {
		err = nil
	}
	if err != nil {
		return figures{}, fmt.Errorf("%s: %w\n%s", strings.Join(s.args, " "), err, said.String())
	}
	state := cmd.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, errors.New("this system does not tell how much memory a process has had")
	}
	return figures{took, state.UserTime() + state.SystemTime(), usage.Maxrss}, nil
}

// compare runs the subjects side by side, turn by turn, and prints the medians of each and how often it takes as long as the
// first, which is the yardstick.
func compare(title string, turns int, subjects ...subject) error {
	fmt.Printf("\n### %s\n\n| what | wall s | times the first | processor s | peak MB |\n|---|---|---|---|---|\n", title)
	taken := make([][]figures, len(subjects))
	for range turns {
		for i := range subjects {
			f, err := subjects[i].turn()
			if err != nil {
				return err
			}
			taken[i] = append(taken[i], f)
		}
	}
	first := median(taken[0], func(f figures) float64 { return f.wall.Seconds() })
	for i, s := range subjects {
		wall := median(taken[i], func(f figures) float64 { return f.wall.Seconds() })
		fmt.Printf("| %s | %.3f | %.2f | %.2f | %.0f |\n", s.name, wall, wall/first,
			median(taken[i], func(f figures) float64 { return f.cpu.Seconds() }),
			slices.Max(peaks(taken[i])))
	}
	return nil
}

// median is the middle of what a figure was in all turns.
func median(all []figures, of func(figures) float64) float64 {
	values := make([]float64, len(all))
	for i := range all {
		values[i] = of(all[i])
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// peaks is the memory of each turn, in MB.
func peaks(all []figures) []float64 {
	values := make([]float64, len(all))
	for i := range all {
		values[i] = float64(all[i].peak) / 1024
	}
	return values
}
