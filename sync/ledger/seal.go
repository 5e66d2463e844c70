package ledger

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
)

// damage is what is wrong with the file, for people to read.
type damage string

func (d damage) Error() string { return string(d) }

// added is a text in a column that a later schema has added. A blank one is not in the checksum, so that a row that was
// written before it keeps its own; a text that is lost or comes from nowhere is noticed all the same.
type added string

// checksum is the CRC32C over the name of the table and the values of a row: int64, string, []byte or added, nothing else.
func checksum(table string, values []any) int64 {
	b := append(make([]byte, 0, len(table)+room(values)), table...)
	for _, v := range values {
		switch v := v.(type) {
		case int64:
			b = binary.AppendVarint(b, v)
		case string:
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		case added:
			if v != "" {
				b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
			}
		case []byte:
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		default:
			panic(fmt.Sprintf("checksum over %T: convert it first", v))
		}
	}
	return int64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// room is how many bytes the checksum of values is made over at most.
func room(values []any) (most int) {
	for _, v := range values {
		most += binary.MaxVarintLen64
		switch v := v.(type) {
		case string:
			most += len(v)
		case added:
			most += len(v)
		case []byte:
			most += len(v)
		}
	}
	return most
}

// sealed is values and, behind them, their checksum.
func sealed(table string, values []any) []any {
	return append(values, checksum(table, values))
}

// row is a stored row as its table has it.
type row interface {
	table() string
	name() string  // tells which row it is, for the message about damage
	values() []any // the columns but the checksum, in the order of the table
	targets() []any
}

type scanner interface{ Scan(into ...any) error }

// scan reads a row whose columns are its values and their checksum, and verifies it.
func scan(from scanner, r row) error {
	var sum int64
	if err := read(from, r.table(), append(r.targets(), &sum)); err != nil {
		return err
	}
	return verify(r, sum)
}

// read reads a row. A value that does not fit into its column was not written by us.
func read(from scanner, table string, targets []any) error {
	err := from.Scan(targets...)
	if err != nil && strings.HasPrefix(err.Error(), "sql: Scan error") { // there is no value for it
		return damage(fmt.Sprintf("table %s: %v", table, err))
	}
	return err
}

func verify(r row, sum int64) error {
	if checksum(r.table(), r.values()) != sum {
		return damage(fmt.Sprintf("the checksum of table %s, %s, does not match", r.table(), r.name()))
	}
	return nil
}
