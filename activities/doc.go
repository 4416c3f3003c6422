// Package activities holds the side effects of truckroll's workflows, one file per
// concern: records.go writes to Postgres from within a workflow task, courier.go sends
// messages, intake.go starts jobs that were left behind.
package activities
