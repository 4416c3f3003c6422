package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Identity is who a bearer token speaks for. Without territories it may see all of them.
type Identity struct {
	Actor       dispatch.Actor
	Territories []string
}

// tokenTTL is how long an answer is remembered, so how long a revoked token may live on in
// a process that has seen it.
const tokenTTL = 30 * time.Second

// maxTokens bounds the cache; it holds good tokens only.
const maxTokens = 10_000

type tokenCache struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]cachedToken
}

type cachedToken struct {
	Identity

	until time.Time
}

// Authenticate returns who a bearer token speaks for. An unknown or revoked token is
// refused (unauthenticated). Only the token's SHA-256 is kept.
func (s *Store) Authenticate(ctx context.Context, token string) (Identity, error) {
	sum := sha256.Sum256([]byte(token))
	if id, ok := s.tokens.get(sum); ok {
		return id, nil
	}
	row, err := s.q.GetToken(ctx, sum[:])
	if errors.Is(err, pgx.ErrNoRows) {
		return Identity{}, dispatch.Refuse(dispatch.CodeUnauthenticated, "", "The access token is not valid. Log in again.")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("checking the token: %w", err)
	}
	id := Identity{Actor: dispatch.Actor{Role: dispatch.Role(row.Role), ID: row.Subject}, Territories: row.Territories}
	s.tokens.put(sum, id, row.ExpiresAt)
	return id, nil
}

// PutToken makes a bearer token speak for somebody, e.g. an installer by id, for ever or
// until a time.
func (s *Store) PutToken(ctx context.Context, token string, id Identity, label string, until *time.Time) error {
	sum := sha256.Sum256([]byte(token))
	s.tokens.drop(sum)
	return wrap(s.q.PutToken(ctx, db.PutTokenParams{
		Sha256: sum[:], Role: string(id.Actor.Role), Subject: id.Actor.ID, Territories: list(id.Territories), Label: label, ExpiresAt: until,
	}), "keeping the token")
}

// RevokeToken ends a token; other processes notice within 30 seconds.
func (s *Store) RevokeToken(ctx context.Context, token string) error {
	sum := sha256.Sum256([]byte(token))
	s.tokens.drop(sum)
	_, err := s.q.RevokeToken(ctx, sum[:])
	return wrap(err, "revoking the token")
}

func (c *tokenCache) get(sum [sha256.Size]byte) (Identity, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.known[sum]
	return t.Identity, ok && time.Now().Before(t.until)
}

func (c *tokenCache) put(sum [sha256.Size]byte, id Identity, expires *time.Time) {
	until := time.Now().Add(tokenTTL)
	if expires != nil && expires.Before(until) {
		until = *expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxTokens {
		c.known = map[[sha256.Size]byte]cachedToken{}
	}
	c.known[sum] = cachedToken{id, until}
}

func (c *tokenCache) drop(sum [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, sum)
}
