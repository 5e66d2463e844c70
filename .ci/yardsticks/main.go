// Command yardsticks makes the data of the benchmarks, is what Rollcall is measured against, and does the measuring. `.ci/bench`
// builds and runs it.
//
//	yardsticks bench DIR ROLLCALL [DUCKDB]   all measures, in a folder for the data
//	yardsticks csv|xlsx|texts|...            one yardstick, in a process of its own
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "yardsticks:", err)
		os.Exit(1)
	}
}

// run is one of the commands.
func run(args []string) error {
	commands := map[string]func([]string) error{
		"bench":   bench,    // DIR ROLLCALL [DUCKDB]
		"make":    makeFile, // FILE ROWS KIND
		"job":     makeJob,  // FILE SHEET URL WORKERS
		"read":    read,     // FILE.csv
		"inflate": inflate,  // FILE.xlsx
		"rows":    rows,     // FILE.xlsx
		"serve":   serve,    // ADDRESS
		"pool":    pool,     // URL FILE.csv WORKERS
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return fmt.Errorf("give one of bench, make, job, read, inflate, rows, serve, pool")
	}
	return commands[args[0]](args[1:])
}

// makeJob makes the job file for a sheet and a server.
func makeJob(args []string) error {
	workers, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], []byte(job(args[1], args[2], workers)), 0o600)
}

// makeFile makes a file of the data: of contacts, and for CSV with every so many-th wrong.
func makeFile(args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	fresh := args[0] + ".new" + filepath.Ext(args[0])
	switch args[2] {
	case "inline":
		err = writeXLSX(fresh, count)
	case "shared":
		err = writeShared(fresh, count, 0, 1, 2, 3, 4)
	case "addresses": // the e-mail addresses alone differ
		err = writeShared(fresh, count, 2)
	default:
		var bad int
		if bad, err = strconv.Atoi(args[2]); err == nil {
			err = writeCSV(fresh, count, bad)
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(fresh, args[0])
}
