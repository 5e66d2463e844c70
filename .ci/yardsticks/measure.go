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

	tells string // what it must say, or it has not done what is measured: commas do not count; "" for nothing
}

// figures is what one turn took.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // most memory, in KiB
}

// seconds is how long it took.
func (f figures) seconds() float64 { return f.wall.Seconds() }

// work is how long processors were at it.
func (f figures) work() float64 { return f.cpu.Seconds() }

// turn runs a subject once, in a process of its own. Its memory is that of the process: ours must be small, because Linux counts
// what a process was before it became another program.
func (s *subject) turn() (figures, error) {
	if s.wipe != "" {
		if err := os.RemoveAll(s.wipe); err != nil {
			return figures{}, err
		}
	}
	var told, said bytes.Buffer
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.Stderr = &said
	if s.tells != "" { // else it may be long, and is nobody's concern
		cmd.Stdout = &told
	}
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
	if !strings.Contains(strings.ReplaceAll(told.String(), ",", ""), strings.ReplaceAll(s.tells, ",", "")) {
		return figures{}, fmt.Errorf("%s does not say %q:\n%s", strings.Join(s.args, " "), s.tells, told.String())
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
	taken, err := take(turns, subjects)
	if err != nil {
		return err
	}
	first := median(taken[0], figures.seconds)
	for i, s := range subjects {
		wall := median(taken[i], figures.seconds)
		fmt.Printf("| %s | %.3f | %.2f | %.2f | %.0f |\n", s.name, wall, wall/first, median(taken[i], figures.work), slices.Max(peaks(taken[i])))
	}
	return nil
}

// perRow runs subjects that do the same with ever more rows, and prints what a row costs: of all that a run takes, and of what it
// takes more than the run before. The second is the cost of a row, for every run starts, and reads what the API has, before its first.
func perRow(title string, turns int, rows []int, subjects ...subject) error {
	fmt.Printf("\n### %s\n\n| what | wall s | processor s | µs a row, of all | µs a row more | processor µs a row more | peak MB |\n|---|---|---|---|---|---|---|\n", title)
	taken, err := take(turns, subjects)
	if err != nil {
		return err
	}
	for i, s := range subjects {
		wall, work := median(taken[i], figures.seconds), median(taken[i], figures.work)
		more, worked := "", ""
		if i > 0 {
			extra := float64(rows[i]-rows[i-1]) / 1e6
			more = fmt.Sprintf("%.1f", (wall-median(taken[i-1], figures.seconds))/extra)
			worked = fmt.Sprintf("%.1f", (work-median(taken[i-1], figures.work))/extra)
		}
		fmt.Printf("| %s | %.2f | %.2f | %.1f | %s | %s | %.0f |\n", s.name, wall, work, wall*1e6/float64(rows[i]), more, worked, slices.Max(peaks(taken[i])))
	}
	return nil
}

// take runs the subjects side by side, turn by turn, and returns what each turn of each took.
func take(turns int, subjects []subject) ([][]figures, error) {
	taken := make([][]figures, len(subjects))
	for range turns {
		for i := range subjects {
			f, err := subjects[i].turn()
			if err != nil {
				return nil, err
			}
			taken[i] = append(taken[i], f)
		}
	}
	return taken, nil
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
