package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Everything that only SQLite understands is in this file and in the schema.

//go:embed schema/*.sql
var schemas embed.FS

// migrations is the list of steps that lead from an empty file to the schema of this version, each with the SQL to run.
func migrations() []string {
	return []string{"schema/1.sql", "schema/2.sql", "schema/3.sql", "schema/4.sql", "schema/5.sql", "schema/6.sql", "schema/7.sql"}
}

// countsCommits is the first schema in which transactions are counted.
const countsCommits = 3

type access int

const (
	forWriting access = iota
	forReading
	forInspection // changes nothing, not even what a crash has left to be tidied up
)

// options is how a database is opened. A commit returns only when it is on the disk.
func (a access) options() url.Values {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(30000)",
		"temp_store(memory)", // no customer data outside the ledger's folder
		"cell_size_check(1)",
	}}
	if a == forInspection {
		q.Set("mode", "ro")
		return q
	}
	q["_pragma"] = append(q["_pragma"],
		"journal_mode(wal)",
		"synchronous(full)",
		"fullfsync(1)",            // macOS: fsync alone stops at the drive's cache
		"checkpoint_fullfsync(1)", //
		"journal_size_limit(67108864)",
	)
	if a == forReading {
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
	}
	return q
}

func openDatabase(file string, a access) (*sql.DB, error) {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") { // C:/state -> file:///C:/state
		path = "/" + path
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: a.options().Encode()}
	db := openKeeping(dsn.String())
	if a == forWriting {
		db.SetMaxOpenConns(1)
	} else {
		db.SetMaxOpenConns(4)
	}
	return db, nil
}

// createDatabase builds the ledger under another name first, so that no crash leaves an empty or half-made one behind.
func createDatabase(ctx context.Context, file string) error {
	fresh := file + ".new"
	for _, name := range siblings(fresh) {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := createPrivate(fresh); err != nil {
		return err
	}
	if err := upgradeDatabase(ctx, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// inspectDatabase finds out whether file may be trusted, and leaves it and what is beside it as they are: whoever has to put
// it right needs them. It tells how many transactions the ledger holds.
func inspectDatabase(ctx context.Context, file string, acknowledged int64) (held int64, err error) {
	db, err := openDatabase(file, forInspection)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := quickCheck(ctx, db); err != nil {
		return 0, err
	}
	version, err := schemaVersion(ctx, db)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	if err := checkSchema(ctx, db, version); err != nil {
		return 0, err
	}
	if version < countsCommits {
		return 0, heldOf(0, acknowledged)
	}
	return checkCommits(ctx, db, acknowledged)
}

// upgradeDatabase runs the migrations that file lacks.
func upgradeDatabase(ctx context.Context, file string) (err error) {
	db, err := openDatabase(file, forWriting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	have, err := schemaVersion(ctx, db)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if newest := len(migrations()); have > newest {
		return fmt.Errorf("%s was written by a newer Rollcall (schema %d, this one knows %d): use that version, "+
			"or another --state folder", file, have, newest)
	}
	if err := migrateTo(ctx, db, have, len(migrations())); err != nil {
		return fmt.Errorf("bring %s up to date: %w", file, err)
	}
	return nil
}

// migrateTo runs the migrations from one version to another.
func migrateTo(ctx context.Context, db *sql.DB, from, to int) error {
	for i := from; i < to; i++ {
		if err := migrate(ctx, db, migrations()[i], i+1); err != nil {
			return fmt.Errorf("schema %d: %w", i+1, err)
		}
	}
	return nil
}

// checkSchema compares the schema with the one that the migrations make. No checksum covers it, and a column that is no
// longer what it was reads as nothing.
func checkSchema(ctx context.Context, db *sql.DB, version int) (err error) {
	sound, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sound.Close()) }()
	sound.SetMaxOpenConns(1) // each connection has a memory of its own
	if err := migrateTo(ctx, sound, 0, min(version, len(migrations()))); err != nil {
		return err
	}
	want, err := readPage(ctx, sound, scanText, schemaQuery)
	if err != nil {
		return err
	}
	got, err := readPage(ctx, db, scanText, schemaQuery)
	if err != nil {
		return err
	}
	if slices.Equal(got, want) == (version > len(migrations())) { // that of a newer version has something that ours has not
		return damage(fmt.Sprintf("its tables are not those of schema %d", version))
	}
	return nil
}

const schemaQuery = "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY 1"

func scanText(from scanner) (text string, err error) { return text, from.Scan(&text) }

// schemaVersion is 0 for an empty database.
func schemaVersion(ctx context.Context, db *sql.DB) (int, error) {
	var version, tables int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'").Scan(&tables)
	if err == nil && tables == 0 {
		return 0, errors.New("it is a database of another program: use another --state folder")
	}
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT version FROM schema_version").Scan(&version)
	return version, err
}

func migrate(ctx context.Context, db *sql.DB, step string, version int) error {
	text, err := schemas.ReadFile(step)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if version == 1 {
		text = append(text, "\nCREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0);"...)
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if _, err := tx.ExecContext(ctx, "UPDATE schema_version SET version = ?", version); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// quickCheck walks every page of the file. The checksums of the rows cover what is written on the pages.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return damage(verdict)
	}
	return nil
}

// errInUse says that another process kept the file from being written anew.
var errInUse = errors.New("another process is reading the ledger, so what was removed still lies in its file: purge again when that has ended")

// Compact writes the ledger's file anew, without anything that was removed from it: SQLite leaves that lying in free pages and in
// the write-ahead log. It takes about as much memory as the ledger is large.
func (l *Ledger) Compact(ctx context.Context) error {
	if _, err := l.write.ExecContext(ctx, "VACUUM"); err != nil {
		return l.explain("compact the ledger", err)
	}
	var busy, pages, moved int
	if err := l.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return l.explain("compact the ledger", err)
	}
	if busy != 0 {
		return l.explain("compact the ledger", errInUse)
	}
	return nil
}

// siblings is a database file, the files that SQLite keeps beside it, and its mark.
func siblings(file string) []string {
	return []string{file, file + "-wal", file + "-shm", file + "-journal", file + markSuffix}
}

func saysDamaged(err error) bool { return hasCode(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) }

// saysFull reports whether there was no room on the disk. SQLite says so in two ways: what it shares with other processes it
// keeps in a file, too.
func saysFull(err error) bool {
	var e *sqlite.Error
	return hasCode(err, sqlite3.SQLITE_FULL) || errors.Is(err, syscall.ENOSPC) ||
		errors.As(err, &e) && e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE
}

// saysUnwritten reports whether the disk has refused to read, write or sync.
func saysUnwritten(err error) bool {
	return hasCode(err, sqlite3.SQLITE_IOERR) || errors.Is(err, syscall.EIO)
}

func hasCode(err error, codes ...int) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code()&0xff == c { // the upper bits tell the flavour
			return true
		}
	}
	return false
}
