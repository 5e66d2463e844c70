package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// store is the file that keeps what a login is worth, from run to run and for all processes. Whoever changes it holds its
// lock.
type store struct {
	path    string
	client  string // client id that it belongs to
	address string // of the token call that it belongs to
	seed    string // hash of the refresh token that the job names
}

// kept is what a store holds.
type kept struct {
	Version      int       `json:"version"`
	ClientID     string    `json:"client_id"`
	TokenURL     string    `json:"token_url"`
	Seed         string    `json:"seed"` // hash of the job's refresh token at the time, "" if it named none
	RefreshToken string    `json:"refresh_token"`
	AccessToken  string    `json:"access_token"`
	Issued       time.Time `json:"issued"`
	Expires      time.Time `json:"expires,omitzero"`
}

// access is the access token that is kept.
func (k *kept) access() access {
	return access{token: NewSecret(k.AccessToken), issued: k.Issued, expires: k.Expires}
}

// storeVersion is the version of the file's format.
const storeVersion = 1

// maxStore is more than any store has, in bytes.
const maxStore = 1 << 20

// hashOf names a secret without telling it, "" for none.
func hashOf(s Secret) string {
	if s.Empty() {
		return ""
	}
	sum := sha256.Sum256([]byte(s.reveal()))
	return hex.EncodeToString(sum[:])
}

// keep is what the store will hold after a token call.
func (s *store) keep(next access, refresh Secret) *kept {
	return &kept{
		Version: storeVersion, ClientID: s.client, TokenURL: s.address, Seed: s.seed,
		RefreshToken: refresh.reveal(), AccessToken: next.token.reveal(), Issued: next.issued, Expires: next.expires,
	}
}

// read reads the store, nil if there is none yet.
func (s *store) read() (*kept, error) {
	info, err := os.Lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("connection.auth.store: %w", err)
	}
	switch {
	case !info.Mode().IsRegular() || info.Size() > maxStore:
		return nil, fmt.Errorf("connection.auth.store: %s is no token store; name another file", s.path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("connection.auth.store: %s may be read by others (mode %04o): run `chmod 600 %s`", s.path, info.Mode().Perm(), s.path)
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return nil, fmt.Errorf("connection.auth.store: %w", err)
	}
	var k kept
	if json.Unmarshal(data, &k) != nil || k.Version != storeVersion || k.RefreshToken == "" {
		return nil, fmt.Errorf("connection.auth.store: %s is damaged, or no token store; delete it and run `rollcall login`, or name another file", s.path)
	}
	if k.ClientID != s.client || k.TokenURL != s.address {
		return nil, fmt.Errorf("connection.auth.store: %s belongs to client %s at %s, not to %s at %s; name another file, or delete this one",
			s.path, k.ClientID, k.TokenURL, s.client, s.address)
	}
	return &k, nil
}

// draft is the file that will take the store's place.
func (s *store) draft() string { return s.path + ".new" }

// check finds out whether the store can be written, before anything is used up that only it could keep.
func (s *store) check() error {
	if err := s.fill(nil); err != nil {
		return err
	}
	return os.Remove(s.draft())
}

// fill makes a draft anew and gives it durable content.
func (s *store) fill(data []byte) error {
	_ = os.Remove(s.draft()) // of a process that died; O_EXCL tells if it is still there
	f, err := os.OpenFile(s.draft(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		_ = os.Remove(s.draft())
		return fmt.Errorf("connection.auth.store cannot be written: %w", err)
	}
	return nil
}

// write replaces the store, all of it or nothing, and returns when that is durable.
func (s *store) write(k *kept) error {
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("connection.auth.store: %w", err)
	}
	if err := s.fill(append(bytes.TrimSpace(data), '\n')); err != nil {
		return err
	}
	if err := os.Rename(s.draft(), s.path); err != nil {
		return fmt.Errorf("connection.auth.store cannot be written: %w", errors.Join(err, os.Remove(s.draft())))
	}
	return syncFolder(filepath.Dir(s.path))
}

// How long to wait for another process that is at a token call, and how often to look.
const (
	maxLockWait = 2 * time.Minute
	lockPoll    = 20 * time.Millisecond
)

// lock keeps other processes from the store until unlock is called. It waits for one that holds the lock; the operating
// system frees it when that process ends, however it ends.
func (s *store) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return nil, fmt.Errorf("connection.auth.store: %w", err)
	}
	f, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return nil, fmt.Errorf("connection.auth.store: %w", err)
	}
	for began := time.Now(); ; {
		held, err := tryLock(f)
		switch {
		case err == nil && !held:
			return func() { _ = f.Close() }, nil // which frees it
		case err == nil && time.Since(began) > maxLockWait:
			err = fmt.Errorf("another process has held %s for longer than %s", f.Name(), maxLockWait)
		case err == nil:
			err = pace.Sleep(ctx, lockPoll)
		}
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("lock connection.auth.store: %w", err)
		}
	}
}
