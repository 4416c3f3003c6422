package postgres

import "context"

// FeedEnd returns the cursor of [Store.Feed] that stands after all that it returns now: a
// reader who begins there sees only what happens from now on.
func (s *Store) FeedEnd(ctx context.Context) (string, error) {
	var xid string
	err := s.pool.QueryRow(ctx, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text").Scan(&xid)
	return xid + "-0", wrap(err, "reading the feed's end")
}
