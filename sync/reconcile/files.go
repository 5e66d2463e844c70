package reconcile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// draft is a file under a temporary name in the folder where it belongs. Nobody sees it until it is published, so a
// failure or a crash leaves the file that was there before.
type draft struct {
	*bufio.Writer
	file *os.File
	path string // where it belongs
}

// newDraft begins the file at path. The file is private (0600), as os.CreateTemp makes it.
func newDraft(path string) (*draft, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("place %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(abs), "."+filepath.Base(abs)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", path, err)
	}
	return &draft{Writer: bufio.NewWriterSize(f, 1<<16), file: f, path: abs}, nil
}

// seal makes what was written durable.
func (d *draft) seal() error {
	err := d.Flush()
	if err == nil {
		err = d.file.Sync()
	}
	if err = errors.Join(err, d.file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", d.path, err)
	}
	return nil
}

// publish gives a sealed draft its name.
func (d *draft) publish() error {
	if err := os.Rename(d.file.Name(), d.path); err != nil {
		return fmt.Errorf("put %s in place: %w", d.path, err)
	}
	return nil
}

// discard removes the draft, whatever its state; of a published one there is nothing left to remove.
func (d *draft) discard() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// syncDir makes the names in dir durable. Not every system can do that to a folder; the files themselves are safe.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
