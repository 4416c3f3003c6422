package localstack

import "syscall"

// setDeathSignal makes the kernel send sig to the child when the thread that started it ends.
func setDeathSignal(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
