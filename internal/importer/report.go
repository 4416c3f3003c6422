package importer

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"truckroll/dispatch"
)

// shown is how many refused lines the summary spells out.
const shown = 10

// cause groups refused lines in the summary.
type cause struct {
	file  string
	code  dispatch.Code
	rule  dispatch.RuleID
	field string
}

// FileReport is what became of one file.
type FileReport struct {
	Name     string
	Target   Target
	ImportID string // of jobs
	Records  int
	Created  int // jobs that are new; what else there is, stored
	Repeated int // jobs registered before (IN-1)
	Refused  int
	LeftOut  int // the mapping's where did not choose them
	Blank    int
	Unseen   []string // columns of the mapping that no record had
}

// Report counts what became of an import. Refused lines go to a CSV as they come: only counts and the first few are
// kept.
type Report struct {
	Files []*FileReport
	Days  int  // dates were moved by
	Check bool // nothing was sent

	causes map[cause]int
	first  []Refusal
	out    *csv.Writer
}

// NewReport writes every refused line to w, which may be nil.
func NewReport(w io.Writer) (*Report, error) {
	r := &Report{causes: map[cause]int{}}
	if w == nil {
		return r, nil
	}
	r.out = csv.NewWriter(w)
	return r, r.out.Write([]string{"file", "line", "external_order", "code", "rule", "field", "reason"})
}

func (r *Report) refuse(f *FileReport, bad Refusal) error {
	bad.File = f.Name
	f.Refused++
	r.causes[cause{f.Name, bad.Code, bad.Rule, bad.Field}]++
	if len(r.first) < shown {
		r.first = append(r.first, bad)
	}
	if r.out == nil {
		return nil
	}
	if err := r.out.Write([]string{
		bad.File, strconv.Itoa(bad.Line), harmless(bad.External), string(bad.Code), string(bad.Rule), bad.Field, harmless(bad.Reason),
	}); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from taking somebody's text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Flush writes what is still held back.
func (r *Report) Flush() error {
	if r.out == nil {
		return nil
	}
	r.out.Flush()
	return r.out.Error()
}

// Refused is how many lines were refused in all files.
func (r *Report) Refused() int {
	n := 0
	for _, f := range r.Files {
		n += f.Refused
	}
	return n
}

// Summary says for people what became of the import.
func (r *Report) Summary(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Files {
		fmt.Fprintf(&b, "%s: %d records", f.Name, f.Records)
		switch {
		case r.Check:
			fmt.Fprintf(&b, ", %d could be sent as %s", f.Created, f.Target)
		case f.Target == TargetJobs:
			fmt.Fprintf(&b, ", %d new jobs, %d registered before", f.Created, f.Repeated)
		default:
			fmt.Fprintf(&b, ", %d %s stored", f.Created, f.Target)
		}
		fmt.Fprintf(&b, ", %d refused", f.Refused)
		if f.LeftOut > 0 {
			fmt.Fprintf(&b, ", %d left out as the mapping says", f.LeftOut)
		}
		if f.ImportID != "" {
			fmt.Fprintf(&b, " (import %s)", f.ImportID)
		}
		b.WriteByte('\n')
		if len(f.Unseen) > 0 {
			fmt.Fprintf(&b, "  no record has %s: is the mapping's spelling right?\n", strings.Join(f.Unseen, ", "))
		}
	}
	r.explain(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) explain(b *strings.Builder) {
	if len(r.causes) == 0 {
		return
	}
	b.WriteString("Refused, by cause:\n")
	order := slices.SortedFunc(maps.Keys(r.causes), func(x, y cause) int {
		return cmp.Or(cmp.Compare(r.causes[y], r.causes[x]), cmp.Compare(x.file, y.file), cmp.Compare(x.code, y.code),
			cmp.Compare(x.rule, y.rule), cmp.Compare(x.field, y.field))
	})
	for i, c := range order {
		if i == shown {
			fmt.Fprintf(b, "  and %d other causes\n", len(order)-shown)
			break
		}
		fmt.Fprintf(b, "  %6d  %s  %s %s %s\n", r.causes[c], c.file, c.code, c.rule, c.field)
	}
	fmt.Fprintf(b, "The first %d:\n", len(r.first))
	for _, bad := range r.first {
		fmt.Fprintf(b, "  %s %v\n", bad.File, &bad)
	}
	if r.out == nil {
		b.WriteString("All of them, with their lines: run it again with --report FILE; nothing is registered twice.\n")
	}
}
