package ledger_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	_ "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// op is what SQLite asks of the disk.
type op int

const (
	opWrite op = iota
	opSync
	opTruncate
	opDelete
	opAcknowledge // no request to the disk: somebody was told that something is durable
)

// disk sees every request that SQLite makes for the files of a folder, and may refuse it.
type disk interface {
	// request returns sqlite3.SQLITE_OK to let it through, or the code to refuse it with.
	request(o op, name string, data []byte, at int64) int32
}

// watch puts d between SQLite and the files of a folder. It must be called before they are opened.
func watch(t testing.TB, dir string, d disk) {
	t.Helper()
	install()
	disks.Store(dir, d)
	t.Cleanup(func() { disks.Delete(dir) })
}

// disks is the watched folders; install puts the tap into SQLite's table of the file system, once.
var (
	disks   sync.Map
	install = sync.OnceFunc(func() {
		db, _ := sql.Open("sqlite", ":memory:")
		if err := db.PingContext(context.Background()); err != nil { // SQLite makes its table now
			panic(err)
		}
		_ = db.Close()
		installTap(sqlite3.Xsqlite3_vfs_find, sqlite3.Xsqlite3_malloc)
	})
)

// tap has the functions of SQLite's file system that it stands in for. T is the C thread, which is inferred, so that its
// package need not be a dependency.
type tap[T any] struct {
	malloc func(*T, int32) uintptr
	open   func(*T, uintptr, uintptr, uintptr, int32, uintptr) int32
	remove func(*T, uintptr, uintptr, int32) int32
	tables sync.Map // by the table that the file system has for a file: its *tapTable
	files  sync.Map // by the file: its *tapFile
}

type tapTable[T any] struct {
	methods  uintptr // with ours in it
	close    func(*T, uintptr) int32
	write    func(*T, uintptr, uintptr, int32, int64) int32
	truncate func(*T, uintptr, int64) int32
	sync     func(*T, uintptr, int32) int32
}

type tapFile[T any] struct {
	name  string
	disk  disk
	table *tapTable[T]
}

func installTap[T any](find func(*T, uintptr) uintptr, malloc func(*T, int32) uintptr) {
	vfs := cValue[sqlite3.Tsqlite3_vfs](find(new(T), 0))
	t := &tap[T]{malloc: malloc}
	t.open = goFunc[func(*T, uintptr, uintptr, uintptr, int32, uintptr) int32](vfs.FxOpen)
	t.remove = goFunc[func(*T, uintptr, uintptr, int32) int32](vfs.FxDelete)
	vfs.FxOpen, vfs.FxDelete = cFunc(t.onOpen), cFunc(t.onRemove)
}

func (t *tap[T]) onOpen(tls *T, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := t.open(tls, vfs, name, file, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	path := cText(name)
	d, watched := disks.Load(filepath.Dir(path))
	if !watched {
		return rc
	}
	f := cValue[sqlite3.Tsqlite3_file](file)
	table, known := t.tables.Load(f.FpMethods)
	if !known {
		table, _ = t.tables.LoadOrStore(f.FpMethods, t.newTable(tls, f.FpMethods))
	}
	ours := table.(*tapTable[T])
	t.files.Store(file, &tapFile[T]{filepath.Base(path), d.(disk), ours})
	f.FpMethods = ours.methods
	return rc
}

func (t *tap[T]) newTable(tls *T, methods uintptr) *tapTable[T] {
	table := &tapTable[T]{methods: t.malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))}
	m := cValue[sqlite3.Tsqlite3_io_methods](table.methods)
	*m = *cValue[sqlite3.Tsqlite3_io_methods](methods)
	table.close = goFunc[func(*T, uintptr) int32](m.FxClose)
	table.write = goFunc[func(*T, uintptr, uintptr, int32, int64) int32](m.FxWrite)
	table.truncate = goFunc[func(*T, uintptr, int64) int32](m.FxTruncate)
	table.sync = goFunc[func(*T, uintptr, int32) int32](m.FxSync)
	m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = cFunc(t.onClose), cFunc(t.onWrite), cFunc(t.onTruncate), cFunc(t.onSync)
	return table
}

func (t *tap[T]) at(file uintptr) *tapFile[T] {
	f, _ := t.files.Load(file)
	return f.(*tapFile[T])
}

func (t *tap[T]) onClose(tls *T, file uintptr) int32 {
	f := t.at(file)
	t.files.Delete(file)
	return f.table.close(tls, file)
}

func (t *tap[T]) onWrite(tls *T, file, data uintptr, n int32, at int64) int32 {
	f := t.at(file)
	if rc := f.disk.request(opWrite, f.name, unsafe.Slice(cValue[byte](data), n), at); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return f.table.write(tls, file, data, n, at)
}

func (t *tap[T]) onTruncate(tls *T, file uintptr, size int64) int32 {
	f := t.at(file)
	if rc := f.disk.request(opTruncate, f.name, nil, size); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return f.table.truncate(tls, file, size)
}

func (t *tap[T]) onSync(tls *T, file uintptr, flags int32) int32 {
	f := t.at(file)
	if rc := f.disk.request(opSync, f.name, nil, 0); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return f.table.sync(tls, file, flags)
}

func (t *tap[T]) onRemove(tls *T, vfs, name uintptr, syncFolder int32) int32 {
	path := cText(name)
	if d, watched := disks.Load(filepath.Dir(path)); watched {
		if rc := d.(disk).request(opDelete, filepath.Base(path), nil, 0); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return t.remove(tls, vfs, name, syncFolder)
}

// cValue is the value at an address of the C side.
func cValue[V any](address uintptr) *V { return *(**V)(unsafe.Pointer(&address)) }

// cFunc is what the C side has as a pointer to the function f.
func cFunc[F any](f F) uintptr {
	kept := &f
	pinned.Store(kept, true)
	return *(*uintptr)(unsafe.Pointer(kept))
}

// goFunc is the function at a pointer of the C side.
func goFunc[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// pinned keeps alive what only the C side refers to.
var pinned sync.Map

func cText(address uintptr) string {
	var b strings.Builder
	for ; *cValue[byte](address) != 0; address++ {
		b.WriteByte(*cValue[byte](address))
	}
	return b.String()
}
