package dispatch

import (
	"cmp"
	"time"
)

// Rank orders work when capacity is short: second appointments after no access (NA-5),
// then what was left over from an earlier day (IN-5), then by grade (CU-3), then by the
// time completion is due.
type Rank struct {
	Second  bool
	Carried bool
	Grade   Grade
	DueAt   time.Time
}

// Rank returns the job's place in the order of work.
func (j *Job) Rank(std *Standard) Rank {
	due, running := j.DueAt(std)
	if !running {
		due = j.OpenedAt.Add(std.CompleteWithin(j.Kind, j.Grade))
	}
	return Rank{Second: j.SecondFirst, Carried: j.CarriedOver != nil, Grade: j.Grade, DueAt: due}
}

// Class is the rank as a number, smaller first: 0 second appointments, 1 carried over,
// 2 to 5 the grades A to D. The database sorts by it.
func (r Rank) Class() int {
	switch {
	case r.Second:
		return 0
	case r.Carried:
		return 1
	case r.Grade == GradeA:
		return 2
	case r.Grade == GradeB:
		return 3
	case r.Grade == GradeD:
		return 5
	default:
		return 4
	}
}

// Compare orders two ranks, the one to be served first before the other.
func (r Rank) Compare(o Rank) int {
	return cmp.Or(cmp.Compare(r.Class(), o.Class()), r.DueAt.Compare(o.DueAt))
}
