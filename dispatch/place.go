package dispatch

import "math"

// earthRadiusMetres is the mean radius of the WGS 84 ellipsoid.
const earthRadiusMetres = 6_371_008.8

// DistanceMetres returns the great-circle distance to another place, in metres.
func (p Place) DistanceMetres(q Place) float64 {
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	dLat, dLon := rad(q.Latitude-p.Latitude), rad(q.Longitude-p.Longitude)
	h := math.Sin(dLat/2)*math.Sin(dLat/2) +
		math.Cos(rad(p.Latitude))*math.Cos(rad(q.Latitude))*math.Sin(dLon/2)*math.Sin(dLon/2)
	return 2 * earthRadiusMetres * math.Asin(math.Min(1, math.Sqrt(h)))
}
