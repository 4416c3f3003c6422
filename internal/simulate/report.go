package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// shownBroken bounds what is printed of what is broken; the file has all of it.
const shownBroken = 40

// Print writes the result for people: the figures with what they are made of, and what is broken.
func (r *Result) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	row("run\t%s (seed %d, %g times quicker, standard %s)", r.Run, r.Seed, r.SpeedUp, r.Standard)
	row("played\t%d jobs, %d installers, %d commands taken in %s", r.Jobs, r.Installers, r.Commands, r.Played.Round(time.Second))
	row("ended\t%s", counts(r.Ended))
	row("refused\t%s", counts(r.Refusals))
	row("sent twice\t%s", counts(r.Doubles))
	t := r.Traffic
	row("answers\t%d, median %s, 95%% %s, 99%% %s, longest %s; %d repeated",
		t.Calls, ms(t.Median), ms(t.P95), ms(t.P99), ms(t.Longest), t.Repeats)
	row("")
	row("figure\tvalue\tunit\tcounted\tof\tcounted here\tof\tleft out")
	for _, k := range r.KPIs {
		value, ours, of := "-", "-", "-"
		if k.Value != nil {
			value = fmt.Sprintf("%.4g", *k.Value)
		}
		if k.Counted {
			ours, of = fmt.Sprintf("%.6g", k.OurTop), fmt.Sprintf("%.6g", k.OurBottom)
		}
		row("%s\t%s\t%s\t%.6g\t%.6g\t%s\t%s\t%s", k.Name, value, k.Unit, k.Numerator, k.Denominator, ours, of, k.Exclusions)
	}
	row("")
	row("broken\t%d", len(r.Broken))
	_ = w.Flush()
	for _, b := range r.Broken[:min(len(r.Broken), shownBroken)] {
		_, _ = fmt.Fprintf(out, "  %s: %s %s %s\n", b.Invariant, b.Job, b.Rule, b.Say)
	}
	if n := len(r.Broken) - shownBroken; n > 0 {
		_, _ = fmt.Fprintf(out, "  and %d more: --out FILE writes them all\n", n)
	}
}

func counts(m map[string]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", strings.TrimSpace(k), m[k]))
	}
	return strings.Join(parts, ", ")
}

func ms(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

// Write writes the whole result as JSON.
func (r *Result) Write(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("packing the result: %w", err)
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
