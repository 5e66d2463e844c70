package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// input is the private copy of a run's sheet. The copy is what is read, so a file that changes under the run cannot
// make plan and report disagree.
type input struct {
	original string // path as the user knows it
	copy     string
	hash     string // SHA-256, hex
	options  inputOptions
}

// inputOptions is how the copy is read. They are kept with the run, so that its report reads it the same way.
type inputOptions struct {
	Name      string `json:"name"` // of the copy, within the run's folder
	Sheet     string `json:"sheet"`
	HeaderRow int    `json:"header_row"`
	Delimiter string `json:"delimiter"`
	Quote     string `json:"quote,omitempty"`
	Encoding  string `json:"encoding"`
}

// sheetFor is the sheet of a run and how to read it. What the job says about sheet and dialect does not hold for a file
// that the command line names if it is of another type, or one that Rollcall wrote itself: failed.csv goes back in as it is.
func (j *Job) sheetFor(argument string) (string, sheet.Options, error) {
	path := j.Source.File
	if argument != "" {
		var err error
		if path, err = filepath.Abs(argument); err != nil {
			return "", sheet.Options{}, fmt.Errorf("%w: %s: %w", ErrUsage, argument, err)
		}
	}
	switch {
	case path == "":
		return "", sheet.Options{}, fmt.Errorf("%w: name the sheet on the command line, or as source.file in the job file", ErrUsage)
	case j.Source.File != "" && !strings.EqualFold(filepath.Ext(j.Source.File), filepath.Ext(path)):
		return path, sheet.Options{}, nil
	case j.Source.options == (sheet.Options{}): // nothing that might not hold
		return path, j.Source.options, nil
	}
	if r, err := sheet.Open(path, sheet.Options{}); err == nil { // an export may have taken the place of the job's own file
		marked := r.Info().Marked
		if err := r.Close(); err != nil || marked {
			return path, sheet.Options{}, err
		}
	}
	return path, j.Source.options, nil
}

// copyInput copies the sheet into the folder of its run. It must have been checked to be one: pipes and devices would never
// end.
func copyInput(path, dir string, options sheet.Options) (*input, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the run's folder: %w", err)
	}
	in := &input{original: path, options: inputOptions{
		Name: "input" + strings.ToLower(filepath.Ext(path)), Sheet: options.Sheet, HeaderRow: options.HeaderRow,
		Delimiter: options.Delimiter, Quote: options.Quote, Encoding: options.Encoding,
	}}
	in.copy = filepath.Join(dir, in.options.Name)
	source, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("copy the sheet: %w", err)
	}
	defer source.Close()
	before, err := source.Stat()
	if err != nil {
		return nil, fmt.Errorf("copy the sheet: %w", err)
	}
	target, err := os.OpenFile(in.copy, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("copy the sheet: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(target, sum), source)
	if err = errors.Join(err, target.Sync(), target.Close()); err != nil {
		return nil, fmt.Errorf("copy the sheet: %w", err)
	}
	if after, err := os.Stat(path); err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return nil, &sheet.Error{File: path, Reason: "it changed while it was read", Remedy: "wait until whoever writes it is done, and run again"}
	}
	in.hash = hex.EncodeToString(sum.Sum(nil))
	return in, nil
}

// checkSheet opens a sheet and closes it again.
func checkSheet(path string, options sheet.Options) error {
	r, err := sheet.Open(path, options)
	if err != nil {
		return err
	}
	return r.Close()
}

// storedInput is the copy that an earlier run left.
func storedInput(dir string, options inputOptions) *input {
	path := filepath.Join(dir, options.Name)
	return &input{original: path, copy: path, options: options}
}

// read opens the copy, hands it to use, and closes it. Trouble is told of the file that the user knows.
func (in *input) read(use func(sheet.Reader) error) error {
	o := in.options
	r, err := sheet.Open(in.copy, sheet.Options{
		Sheet: o.Sheet, HeaderRow: o.HeaderRow, Delimiter: o.Delimiter, Quote: o.Quote, Encoding: o.Encoding,
		TempDir: filepath.Dir(in.copy),
	})
	if err == nil {
		err = errors.Join(use(named{r, in.original}), r.Close())
	}
	var bad *sheet.Error
	if errors.As(err, &bad) {
		bad.File = in.original
	}
	return err
}

// named is a reader of a copy that goes by the name of the original.
type named struct {
	sheet.Reader
	path string
}

// Info is that of the copy, under the name of the original.
func (n named) Info() sheet.Info {
	info := n.Reader.Info()
	info.Path = n.path
	return info
}

// fileHash is the SHA-256 of a file, hex.
func fileHash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
