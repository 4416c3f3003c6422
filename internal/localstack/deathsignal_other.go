//go:build !linux

package localstack

import "syscall"

// setDeathSignal does nothing where the kernel has no such service; the next start ends what was left behind.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
