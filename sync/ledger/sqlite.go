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
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Everything that only SQLite understands is in this file and in the schema.

//go:embed schema/*.sql
var schemas embed.FS

// migrations is the list of steps that lead from an empty file to the schema of this version, each with the SQL to run.
func migrations() []string { return []string{"schema/1.sql", "schema/2.sql"} }

type access int

const (
	forWriting access = iota
	forReading
)

// openDatabase opens file so that a commit returns only when it is on the disk.
func openDatabase(file string, a access) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(30000)",
		"journal_mode(wal)",
		"synchronous(full)",
		"fullfsync(1)",            // macOS: fsync alone stops at the drive's cache
		"checkpoint_fullfsync(1)", //
		"temp_store(memory)",      // no customer data outside the ledger's folder
		"cell_size_check(1)",
		"journal_size_limit(67108864)",
	}}
	if a == forReading {
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
	}
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") { // C:/state -> file:///C:/state
		path = "/" + path
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
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
	steps := migrations()
	if have > len(steps) {
		return fmt.Errorf("%s was written by a newer Rollcall (schema %d, this one knows %d): use that version, "+
			"or another --state folder", file, have, len(steps))
	}
	for i := have; i < len(steps); i++ {
		if err := migrate(ctx, db, steps[i], i+1); err != nil {
			return fmt.Errorf("bring %s to schema %d: %w", file, i+1, err)
		}
	}
	return nil
}

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

// siblings is a database file and the files that SQLite keeps beside it.
func siblings(file string) []string {
	return []string{file, file + "-wal", file + "-shm", file + "-journal"}
}

func saysDamaged(err error) bool { return hasCode(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) }

func saysFull(err error) bool { return hasCode(err, sqlite3.SQLITE_FULL) }

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
