// Package workflows holds truckroll's Temporal workflows. They are deterministic: all
// they know comes from their input, from commands, from timers and from activities; all
// they decide is decided by package dispatch.
//
// Find your way: [Job] is the life of one job; job_commands.go takes commands,
// job_clocks.go keeps the deadlines as timers, job_ops.go is what ops see; [Courier] sends
// messages, [IntakeSweep] starts what a crash left behind.
package workflows
