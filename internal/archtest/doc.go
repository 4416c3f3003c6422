// Package archtest checks that the packages import each other in one direction only: main reaches everything, api and
// worker reach inwards, and dispatch, the domain, knows nobody. It consists of its tests.
package archtest
