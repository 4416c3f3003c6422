package simulate

// KPILine is a figure as the system reports it, and as the run counts it.
type KPILine struct {
	Name        string   `json:"name"`
	Unit        string   `json:"unit"`
	Value       *float64 `json:"value,omitempty"`
	Numerator   float64  `json:"numerator"`
	Denominator float64  `json:"denominator"`
	Excluded    string   `json:"excluded,omitempty"`
	Counted     bool     `json:"counted"` // the run counts it too
	OurTop      float64  `json:"our_numerator"`
	OurBottom   float64  `json:"our_denominator"`
}

func checkFigures(*Evidence, report) {}

// figures lists the reported figures beside the run's own.
func figures(ev *Evidence) []KPILine {
	out := make([]KPILine, len(ev.KPIs))
	for i, k := range ev.KPIs {
		out[i] = KPILine{Name: k.Name, Unit: k.Unit, Value: k.Value, Numerator: k.Numerator, Denominator: k.Denominator, Excluded: k.Excluded}
	}
	return out
}
