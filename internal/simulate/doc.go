// Package simulate plays a day of dispatchers, installers and customers against a running
// truckroll, through its HTTP API and nothing else, and then checks through the same API
// that the service standard was kept.
//
// Find your way: [Plan] is what a job's people will do, drawn from the seed alone; player
// (player.go, play_*.go) does it and keeps a [Story] of what was asked and answered; read.go
// fetches what the system says of it afterwards; check_*.go are the invariants; kpi.go
// counts the figures again.
//
// Time is real. What is quicker is the standard: [Scaled] divides its durations, so that a
// day fits into minutes, and the jobs of a run are opened under that version by name.
package simulate
