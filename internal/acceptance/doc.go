// Package acceptance tests truckroll from outside: the real binary as separate processes,
// a real Postgres and a real Temporal server that may be killed, and HTTP.
package acceptance
