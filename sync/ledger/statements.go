package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// openKeeping opens a database whose connections keep their statements. A small transaction costs mostly what it takes SQLite
// to read the same few statements again.
func openKeeping(dsn string) *sql.DB { return sql.OpenDB(keeper(dsn)) }

// keeper makes connections to the database of its name.
type keeper string

var _ driver.Connector = keeper("")

// Connect implements [driver.Connector].
func (k keeper) Connect(context.Context) (driver.Conn, error) {
	c, err := k.Driver().Open(string(k))
	if err != nil {
		return nil, err
	}
	able, ok := c.(connection)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection %T lacks a method", c), c.Close())
	}
	return &keeping{connection: able, kept: map[string]*statement{}}, nil
}

// Driver implements [driver.Connector].
func (keeper) Driver() driver.Driver { return &sqlite.Driver{} }

// connection is what package sql uses of the driver's connections.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is a connection with its statements. It is used by one goroutine at a time, as package sql sees to.
type keeping struct {
	connection
	kept map[string]*statement
}

// mostKept bounds what a connection keeps. There are not many statements, but some come in as many lengths as there are rows.
const mostKept = 256

// statement is one that is kept.
type statement struct {
	driver.Stmt
	busy bool // rows of it are still being read
}

// statement is the kept statement of a text, nil if it is in use, or if there are too many.
func (k *keeping) statement(ctx context.Context, text string) (*statement, error) {
	if s := k.kept[text]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(k.kept) >= mostKept {
		return nil, nil
	}
	made, err := k.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: made}
	k.kept[text] = s
	return s, nil
}

// ExecContext implements [driver.ExecerContext]. What has no values is said once, and may be several statements.
func (k *keeping) ExecContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Result, error) {
	if len(values) == 0 {
		return k.connection.ExecContext(ctx, text, values)
	}
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.ExecContext(ctx, text, values)
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, values)
}

// QueryContext implements [driver.QueryerContext].
func (k *keeping) QueryContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Rows, error) {
	if len(values) == 0 {
		return k.connection.QueryContext(ctx, text, values)
	}
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.QueryContext(ctx, text, values)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, values)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &reading{Rows: rows, of: s}, nil
}

// Close closes the statements, and then the connection.
func (k *keeping) Close() error {
	var errs []error
	for _, s := range k.kept {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, k.connection.Close())...)
}

// reading is the rows of a kept statement.
type reading struct {
	driver.Rows
	of *statement
}

// Close lets the statement be used again.
func (r *reading) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
