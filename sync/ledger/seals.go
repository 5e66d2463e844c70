package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
)

// sealMark begins what stands for a purged key in the id map.
const sealMark = "\x1e"

// isSealed reports whether an entry of the id map is not a key but stands for one.
func isSealed(identity string) bool {
	return len(identity) == len(sealMark)+hex.EncodedLen(sha256.Size) && strings.HasPrefix(identity, sealMark)
}

// Seals turns keys into what stands for them once their run is purged: who has a key finds its record, and nobody reads the key
// out of the ledger. The secret lies in the ledger too: it keeps tables made elsewhere from fitting, but whoever has the ledger
// can try keys one by one.
type Seals struct{ secret []byte }

// Seal is what stands for a key, "" if no run was purged yet.
func (s *Seals) Seal(key string) string {
	if len(s.secret) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(key)) // never fails
	return sealMark + hex.EncodeToString(mac.Sum(nil))
}

// Seals reads what keys of purged runs are compared with.
func (l *Ledger) Seals(ctx context.Context) (*Seals, error) {
	r, err := findSecret(ctx, l.read)
	if errors.Is(err, sql.ErrNoRows) {
		return &Seals{}, nil
	}
	if err != nil {
		return nil, l.explain("read the secret of purged keys", err)
	}
	return &Seals{r.secret}, nil
}

// secretRow is the secret of this ledger.
type secretRow struct {
	number int64
	secret []byte
}

const secretColumns = "number, secret, sum"

func (*secretRow) table() string { return "secrets" }

func (*secretRow) name() string { return "that of purged keys" }

func (r *secretRow) values() []any { return []any{r.number, r.secret} }

func (r *secretRow) targets() []any { return []any{&r.number, &r.secret} }

func findSecret(ctx context.Context, q querier) (*secretRow, error) {
	r := &secretRow{}
	return r, scan(q.QueryRowContext(ctx, "SELECT "+secretColumns+" FROM secrets WHERE number = 1"), r)
}

// ensureSeals makes the secret if there is none. It is made once: keys that were sealed under another one would not be found.
func ensureSeals(ctx context.Context, tx *sql.Tx) (*Seals, error) {
	r, err := findSecret(ctx, tx)
	if errors.Is(err, sql.ErrNoRows) {
		r = &secretRow{number: 1, secret: make([]byte, sha256.Size)}
		_, _ = rand.Read(r.secret) // never fails
		err = insertRows(ctx, tx, secretColumns, []*secretRow{r}, "")
	}
	return &Seals{r.secret}, err
}
