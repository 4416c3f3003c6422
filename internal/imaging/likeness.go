package imaging

// smallEdge is the width and height of [Look.Small].
const smallEdge = 64

// Likeness x
func Likeness(a, b []byte) float64 { return 0 }
