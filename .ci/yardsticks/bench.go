package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// yard is where the measuring is done.
type yard struct {
	dir      string
	self     string // this program
	rollcall string
	duckdb   string // "" for none
	turns    int
}

// bench does all measures.
func bench(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	y := &yard{dir: args[0], self: self, rollcall: args[1], turns: 5}
	if len(args) > 2 {
		y.duckdb = args[2]
	}
	if n, err := strconv.Atoi(os.Getenv("BENCH_TURNS")); err == nil && n > 0 {
		y.turns = n
	}
	if err := os.WriteFile(filepath.Join(y.dir, "token"), []byte("secret"), 0o600); err != nil {
		return err
	}
	fmt.Printf("%d processors, %s, medians of %d turns, memory is the largest of all turns\n", runtime.NumCPU(), runtime.Version(), y.turns)
	for _, measure := range y.measures() {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

// measures is what is measured: all of it, or what BENCH_ONLY names.
func (y *yard) measures() []func() error {
	all := []struct {
		name string
		do   func() error
	}{{"startup", y.startup}, {"sheets", y.sheets}, {"workbooks", y.workbooks}, {"push", y.push}, {"plan", y.plan}}
	var chosen []func() error
	only := strings.Fields(os.Getenv("BENCH_ONLY"))
	for _, m := range all {
		if len(only) == 0 || slices.Contains(only, m.name) {
			chosen = append(chosen, m.do)
		}
	}
	return chosen
}

// file makes a file of the data once, in a process of its own, so that this one stays small.
func (y *yard) file(name string, args ...string) (string, error) {
	path := filepath.Join(y.dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	out, err := exec.Command(y.self, append([]string{"make", path}, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("make %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// job writes a job file for a sheet and returns its path.
func (y *yard) job(sheet, server string, workers int) (string, error) {
	path := filepath.Join(y.dir, filepath.Base(sheet)+".yaml")
	return path, os.WriteFile(path, []byte(job(sheet, server, workers)), 0o600)
}

// startup is how long the program takes to do nothing, and how large it is.
func (y *yard) startup() error {
	info, err := os.Stat(y.rollcall)
	if err != nil {
		return err
	}
	fmt.Printf("\nThe stripped program has %.1f MB.\n", float64(info.Size())/1e6)
	return compare("Start", 4*y.turns, subject{name: "`true`", args: []string{"true"}}, subject{name: "`rollcall version`", args: []string{y.rollcall, "version"}})
}

// sheets validates CSV files.
func (y *yard) sheets() error {
	for _, count := range []int{10_000, 100_000, 1_000_000} {
		path, err := y.file(fmt.Sprintf("contacts-%d.csv", count), strconv.Itoa(count), "50")
		if err != nil {
			return err
		}
		job, err := y.job(path, "http://127.0.0.1:9", 8)
		if err != nil {
			return err
		}
		subjects := []subject{
			{name: "encoding/csv, reading alone", args: []string{y.self, "read", path}},
			{name: "`rollcall validate`", args: []string{y.rollcall, "-c", job, "validate"}, exit: 3},
			{name: "`rollcall validate -o`", args: []string{y.rollcall, "-c", job, "validate", "-o", filepath.Join(y.dir, "problems.csv")}, exit: 3},
		}
		if y.duckdb != "" {
			subjects = append(subjects, subject{name: "DuckDB, 2 threads, the rules in SQL", args: []string{y.duckdb, path}})
		}
		if err := compare(fmt.Sprintf("CSV, %d rows of 10 columns, every 50th wrong", count), y.turns, subjects...); err != nil {
			return err
		}
	}
	return nil
}

// workbooks validates XLSX files.
func (y *yard) workbooks() error {
	for _, book := range []struct {
		name, kind string
		count      int
		rivals     bool
	}{
		{"with its texts in the cells", "inline", 200_000, true},
		{"with shared texts, five of them new in every row", "shared", 200_000, true},
		{"with 1,000,000 different shared texts", "addresses", 1_000_000, false},
	} {
		path, err := y.file(fmt.Sprintf("contacts-%s-%d.xlsx", book.kind, book.count), strconv.Itoa(book.count), book.kind)
		if err != nil {
			return err
		}
		job, err := y.job(path, "http://127.0.0.1:9", 8)
		if err != nil {
			return err
		}
		subjects := []subject{
			{name: "archive/zip, inflating alone", args: []string{y.self, "inflate", path}},
			{name: "`rollcall validate`", args: []string{y.rollcall, "-c", job, "validate"}},
		}
		if book.rivals {
			subjects = append(subjects, subject{name: "excelize, streaming rows alone", args: []string{y.self, "rows", path}})
			for _, rival := range []struct{ name, program string }{{"xlsx2csv (Python)", "xlsx2csv"}, {"ssconvert (Gnumeric)", "ssconvert"}} {
				if found, err := exec.LookPath(rival.program); err == nil {
					subjects = append(subjects, subject{name: rival.name, args: []string{found, path, filepath.Join(y.dir, "converted.csv")}})
				}
			}
		}
		if err := compare(fmt.Sprintf("XLSX, %d rows of 10 columns, %s", book.count, book.name), y.turns, subjects...); err != nil {
			return err
		}
	}
	return nil
}

// push creates 20,000 records.
func (y *yard) push() error {
	const count = "20000"
	path, err := y.file("contacts-"+count+".csv", count, "0")
	if err != nil {
		return err
	}
	for _, workers := range []int{8, 32} {
		err := y.serving("0", func(url string) error {
			job, err := y.job(path, url, workers)
			if err != nil {
				return err
			}
			return compare(fmt.Sprintf("%s creates by %d workers, a server on the same machine", count, workers), y.turns,
				subject{name: "net/http alone, the same bodies", args: []string{y.self, "pool", url, path, strconv.Itoa(workers)}},
				subject{name: "`rollcall sync`, durable, all reports", args: []string{y.rollcall, "-c", job, "sync", "--yes"}, wipe: filepath.Join(y.dir, ".rollcall")},
			)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// plan plans sheets against the records of an API: always the same 100,000, of which each sheet has as many as belong to its rows.
func (y *yard) plan() error {
	const records = 100_000
	counts := []int{10_000, 100_000, 1_000_000}
	return y.serving(strconv.Itoa(records), func(url string) error {
		var subjects []subject
		for _, count := range counts {
			path, err := y.file(fmt.Sprintf("good-%d.csv", count), strconv.Itoa(count), "0")
			if err != nil {
				return err
			}
			job, err := y.job(path, url, 8)
			if err != nil {
				return err
			}
			subjects = append(subjects, subject{
				name: fmt.Sprintf("`rollcall plan`, %d rows", count), args: []string{y.rollcall, "-c", job, "plan"},
				wipe:  filepath.Join(y.dir, ".rollcall"),
				tells: fmt.Sprintf("%d rows: %d unchanged, %d to create.", count, count/oneIn, count-count/oneIn),
			})
		}
		return perRow(fmt.Sprintf("Planning against %d records of %d customers, one row in %d has one", records, customers, oneIn), y.turns, counts, subjects...)
	})
}

// serving calls f while a server runs that lists so many records.
func (y *yard) serving(listed string, f func(url string) error) error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	server := exec.Command(y.self, "serve", address, listed)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	}()
	for n := 0; ; n++ {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return f("http://" + address)
		}
		if n == 100 {
			return fmt.Errorf("the server does not answer: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
