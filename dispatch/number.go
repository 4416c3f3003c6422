package dispatch

import (
	"fmt"
	"strconv"
	"strings"
)

// ServiceNumber makes the service number of the n-th job (IN-1): "TR", eight digits and a
// check digit (Luhn, ISO/IEC 7812-1 annex B), so that a number misheard on the phone is
// noticed before somebody opens the wrong job.
func ServiceNumber(n int64) string {
	digits := fmt.Sprintf("%08d", n)
	return "TR" + digits + strconv.Itoa(luhn(digits))
}

// ValidServiceNumber reports whether s has the form and the check digit of a service number.
func ValidServiceNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "TR")
	if !ok || len(digits) < 9 || len(digits) > 20 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	last := len(digits) - 1
	return int(digits[last]-'0') == luhn(digits[:last])
}

func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}
