// Package dispatch is the domain of truckroll: jobs, visits, appointments and the
// service standard they must keep. It is pure Go: no clock, no network, no database.
// Everything that decides takes the time as an argument, so the same input gives the
// same answer in a workflow, in its replay and in a test.
//
// Find your way: the rules are named by their id (AP-6, NA-1, ...) wherever they are
// enforced. [Do] runs commands against a job, [Clocks] says which deadlines run,
// [Missing] says what completion still needs, [Actions] is the transition table.
package dispatch
